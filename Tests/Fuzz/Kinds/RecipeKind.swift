import Foundation
import Recipes

/// Recipes: parsed, decoded, checked; those that are accepted are written out and read again.
enum RecipeKind: InputKind {
  static func forms(in folder: URL) throws -> [InputForm] {
    [
      InputForm(
        fileName: "recipe.yaml", mutator: TextMutator(seeds, words: words, values: values, separator: ": ")
      ) { url, bytes in
        let recipe = try Recipe(yaml: String(decoding: bytes, as: UTF8.self), file: url.path)
        let again = try Recipe(yaml: recipe.resolvedYAML(), file: "resolved.yaml")
        guard again == recipe else {
          throw CocoaError(.coderInvalidValue, userInfo: [NSLocalizedDescriptionKey: "written it reads differently"])
        }
      }
    ]
  }

  private static let seeds = [
    """
    # A comment.
    recipe: pretrain
    output_dir: runs/a
    seed: 1
    model: {hidden_size: 64, num_hidden_layers: 2, num_attention_heads: 2, intermediate_size: 128}
    dataset:
      path: data/enwik8
      train: "0:90000000"
      validation: "90000000:95000000"
    max_seq_len: 64
    batch_size: 4
    max_steps: 100
    optimizer: {type: adamw, lr: 2.0e-3, betas: [0.9, 0.95]}
    lr_scheduler: {type: cosine, num_warmup_steps: 10}
    samples: {prompts: ["The ", "A"], max_new_tokens: 10}
    """,
    """
    recipe: sft
    output_dir: runs/b
    model: &model
      from: checkpoints/base
    dataset:
      path: data/tasks.jsonl
      format: auto
      columns: {prompt: question, completion: answer.text}
      validation_fraction: 0.05
      overlong: truncate
      packed: true
      template_variables: {enable_thinking: false, depth: 3}
    chat_template: chatml
    max_seq_len: 512
    max_epochs: 3
    lora:
      rank: 32
      alpha: 64
      target_modules: [q, k, v, o]
    optimizer: {lr: 5.0e-4}
    log_every_n_steps: 10
    """,
    """
    recipe: dpo
    output_dir: runs/c
    model: {from: runs/b}
    dataset: {path: data/pairs.jsonl}
    max_seq_len: 128
    batch_size: 8
    max_minutes: 5
    loss: {type: sigmoid, beta: 0.1, sft_weight: 0.5}
    optimizer:
      lr: 5.0e-5
    clip_grad_norm: 1.0
    """,
    """
    recipe: kto
    output_dir: runs/d
    model: {from: runs/b}
    dataset: {path: data/pairs.jsonl, validation_path: data/heldout.jsonl}
    max_seq_len: 128
    batch_size: 8
    max_steps: 100
    loss: {beta: 0.1, desirable_weight: 1.0}
    optimizer: {lr: 5.0e-5}
    """,
  ]

  private static let values = [
    "0", "1", "-1", "2", "3", "0.5", "-0.0", "1e308", "1e999", "5e-324", ".nan", ".inf", "-.inf", "null", "~", "true",
    "false", "yes", "\"\"", "''", "\"x\"", "x", "[]", "{}", "[1, 2]", "[[]]", "{a: 1}", "[0.9, 0.95]", "[q, up]",
    "9223372036854775807", "9223372036854775808", "-9223372036854775808", "4611686018427387904", "1048576", "1048577",
    "65536", "65537", "4096", "0x7f", "0o17", "1_000", "0:0", "\"0:10\"", "\"10:0\"", "\"5:\"", "\":\"",
    "\"9223372036854775807:9223372036854775808\"", "random", "sequential", "cosine", "constant", "two_stage", "wsd",
    "adamw", "adam", "lion", "sgd", "sigmoid", "ipo", "simpo", "orpo", "cpo", "hinge", "llama3", "plain", "relu2",
    "silu", "absmean", "sign", "none", "bfloat16", "float32", "pretrain", "sft", "dpo", "kto", "inside", "beside",
    "\"a\\0b\"", "\"\\e[31m\"", "\"\\x80\"", "&a x", "*a", "!!int \"3\"", "!!binary aGk=", "|\n  text", ">-\n  text",
    "{prompt: a.b.c, completion: a}", "{enable_thinking: [1, {a: ~}]}", "2026-11-28", "é\u{1F600}",
  ]

  private static let words =
    [
      ": ", "\n", "\n  ", "- ", "&a ", "*a", "<<: *model", "<<: ", "!!map ", "!x ", "{", "}", "[", "]", "\"", "'", "|",
      ">", "\t", "#", " #", "---\n", "...\n", "? ", "%YAML 1.2\n---\n", "%TAG ! x\n", ",", "\u{FEFF}", "\u{2028}",
      String(repeating: "[", count: 50), String(repeating: "{a: ", count: 30), String(repeating: "- ", count: 60),
      "\nseed: ", "\nrecipe: ", "\nlora: ", "\nmodel: ", "\nloss:\n  ", "\nextra_key: 1\n", "max_steps: 5\n", "-1",
      "null", "true", "1e999", "\\u0000", "\\",
    ] + values
}
