import Datasets
import Foundation
import Recipes
import TestSupport
import Testing
import Tokenization
import Training

/// Runs whose chat template is told something: `dataset.template_variables`.
@Suite struct TemplateVariablesTests {
  let folder: TemporaryDirectory
  private let base: String
  private let template: String
  private let data: String

  init() throws {
    folder = try TemporaryDirectory()
    let source = """
      {% for m in messages %}{{ m.role }}:{% if m.role == 'assistant' and quiet is defined and quiet %} (quiet) {% endif %}\
      {{ m.content }}<|endoftext|>{% endfor %}{% if add_generation_prompt %}assistant:\
      {% if quiet is defined and quiet %} (quiet) {% endif %}{% endif %}
      """
    template = try folder.write(Array(source.utf8), to: "t.jinja")
    let rows = (0..<8).map { #"{"prompt": "p\#($0)", "completion": "c\#($0)"}"# }
    data = try folder.write(Array(rows.joined(separator: "\n").utf8), to: "rows.jsonl")
    base = folder.path("base")
    var recipe = try RecipeFixture.recipe(
      "max_steps=1", "max_seq_len=64", "batch_size=2", "lr_scheduler={type: cosine}", "dataset.validation=null",
      "eval_every_n_steps=null", "model.num_hidden_layers=1", "model.hidden_size=32", "model.num_attention_heads=2",
      "model.num_key_value_heads=2", "model.intermediate_size=48", "tokenizer.special_tokens=[\"<|endoftext|>\"]")
    let text = (0..<400).map { "\($0) squared is \($0 * $0)\n" }.joined()
    recipe.task = .pretrain(
      CorpusConfiguration(path: try folder.write(Array(text.utf8), to: "text"), train: ByteRange(0, 4000)))
    recipe.outputDirectory = base
    _ = try TrainingRun(recipe).train { _ in .continue }
  }

  private func recipe(_ variables: String?, run: String, kind: Recipe.Kind = .sft) throws -> Recipe {
    let yaml = """
      recipe: \(kind.rawValue)
      output_dir: \(folder.path(run))
      model: {from: \(base)}
      dataset: {path: \(data)}
      chat_template: \(template)
      max_seq_len: 64
      batch_size: 2
      max_steps: 2
      optimizer: {lr: 1.0e-3}
      """
    return try Recipe(
      yaml: yaml, file: "r.yaml", overrides: variables.map { ["dataset.template_variables=\($0)"] } ?? [])
  }

  private func train(_ recipe: Recipe, resume: Bool = false, stop: Bool = false) throws {
    _ = try TrainingRun(recipe, resume: resume).train { _ in stop ? .stop : .continue }
  }

  private func state(_ run: String, step: Int) throws -> String {
    try String(contentsOfFile: folder.path("\(run)/step-00000\(step)/trainer/state.json"), encoding: .utf8)
  }

  @Test func theyBelongToTheIdentityOfARunThatHasThem() throws {
    try train(recipe("{quiet: true}", run: "quiet"), stop: true)
    #expect(try state("quiet", step: 1).contains(#""dataset.template_variables" : "{quiet: true}""#))
    try train(Recipe.load(folder.path("quiet/recipe.yaml")), resume: true)
    #expect(try state("quiet", step: 2).contains("template_variables"))
    try train(recipe(nil, run: "loud"), stop: true)
    #expect(try !state("loud", step: 1).contains("template_variables"))
    let error = try #require(throws: RunError.self) {
      try train(recipe("{quiet: true}", run: "loud"), resume: true)
    }
    #expect(
      "\(error)".contains("dataset.template_variables: the checkpoint has none, the recipe {quiet: true}"), "\(error)")
  }

  @Test func theyAreWhatTheModelLearnsFrom() throws {
    for (variables, run) in [("{quiet: true}", "quiet"), ("{quiet: false}", "loud")] {
      try train(recipe(variables, run: run))
    }
    let weights = try ["quiet", "loud"].map {
      try Data(contentsOf: URL(filePath: folder.path("\($0)/step-000002/model.safetensors")))
    }
    #expect(weights[0] != weights[1])
  }

  @Test func oneThatTheTemplateNeverReadsIsRefused() throws {
    let error = try #require(throws: ChatTemplateError.self) { try train(recipe("{quite: true}", run: "typo")) }
    #expect("\(error)".contains("the variable quite is never read"), "\(error)")
  }
}
