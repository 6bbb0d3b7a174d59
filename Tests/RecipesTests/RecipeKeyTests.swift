import Recipes
import Testing

/// Keys: unknown, misplaced, foreign, given twice, missing, not in this version.
@Suite struct RecipeKeyTests {
  private func message(adding line: String) -> [String] {
    RecipeFixture.messages(RecipeFixture.yaml + line + "\n")
  }

  @Test(arguments: [
    ("bach_size: 3", "batch_size"), ("Seed: 3", "seed"), ("lr: 1", "optimizer.lr"),
    ("hidden_size: 3", "model.hidden_size"),
    ("learning_rate: 3", "optimizer.lr"), ("block_size: 3", "max_seq_len"), ("n_embd: 3", "model.hidden_size"),
    ("optimiser: {lr: 3}", "optimizer"), ("optimizer.lr: 3", "optimizer: {lr: …}"),
    ("WARMUP_STEPS: 3", "lr_scheduler.num_warmup_steps"),
  ])
  func nearestKeyIsNamed(line: String, right: String) {
    let key = line.prefix { $0 != ":" }
    #expect(message(adding: line) == ["r.yaml:19:1: unknown key `\(key)`; did you mean `\(right)`?"])
  }

  @Test func keysOfAMappingAreChecked() {
    let yaml = RecipeFixture.replacing("  path: data/enwik8", "  path: data/enwik8\n  vaildation: \"1:2\"")
    #expect(
      RecipeFixture.messages(yaml) == [
        "r.yaml:12:3: unknown key `dataset.vaildation`; did you mean `dataset.validation`?"
      ])
  }

  @Test func unlikeAnythingListsTheKeys() {
    let yaml = RecipeFixture.replacing("type: adamw,", "type: adamw, momentumxyz: 1,")
    #expect(
      RecipeFixture.messages(yaml) == [
        "r.yaml:16:26: unknown key `optimizer.momentumxyz`; expected one of type, lr, betas, eps, weight_decay"
      ])
  }

  @Test func everyForeignNameLeadsToAKey() {
    for (name, path) in RecipeSchema.foreignNames {
      #expect(RecipeSchema.paths.contains(path) || RecipeSchema.groups.contains(path), "\(name) → \(path)")
      #expect(!RecipeSchema.paths.contains(name) && !RecipeSchema.groups.contains(name), "\(name) is a key")
      #expect(KeySuggestions.path(for: name) == path)
    }
  }

  @Test func keysOfOtherKindsAreRefused() {
    #expect(
      message(adding: "lora: {rank: 8}") == [
        "r.yaml:19:7: `lora` is given with `recipe: pretrain`; expected it with sft, dpo or kto only; try removing `lora`"
      ])
  }

  @Test func duplicatesAreReportedBesideTheRest() {
    let yaml =
      RecipeFixture.replacing("lr: 2.0e-3}", "lr: 2.0e-3, lr: 1}")
      + "max_steps: 3\n\"max_seq_len\": 0\nbatch_size: 0  # seed: 1\n"
    #expect(
      RecipeFixture.messages(yaml) == [
        "r.yaml:16:38: `optimizer.lr` is given twice; expected each key once; try removing one",
        "r.yaml:19:1: `max_steps` is given twice; expected each key once; try removing one",
        "r.yaml:20:1: `max_seq_len` is given twice; expected each key once; try removing one",
        "r.yaml:21:13: `batch_size` is 0; expected an integer from 1 to 65536; try `batch_size: 16`",
      ])
  }

  @Test func missingKeysAreNamedWithAnExample() {
    let messages = RecipeFixture.messages("seed: 1\nmodel:\n  hidden_size: 64\n")
    #expect(
      messages == [
        "r.yaml:1:1: `recipe` is missing; expected one of pretrain, sft, dpo, kto; try `recipe: pretrain`",
        "r.yaml:1:1: `output_dir` is missing; expected the folder of the run; try `output_dir: checkpoints/my-run`",
        "r.yaml:1:1: `dataset.path` is missing; expected a plain, .gz or .zip file, or a list of different files, each as "
          + "text or as {path: …, weight: …} with a weight above 0 up to 1000; try `path: data/enwik8`",
        "r.yaml:1:1: `max_steps` is missing (or `max_minutes`); expected an integer of at least 1; "
          + "try `max_steps: 1000`",
        "r.yaml:1:1: `lr_scheduler.second_lr` is missing (`lr_scheduler.type` is two_stage); "
          + "expected the peak of the second line; try `second_lr: 0.001333`",
        "r.yaml:2:1: `model.num_hidden_layers` is missing; expected an integer from 1 to 4096; "
          + "try `num_hidden_layers: 6`",
        "r.yaml:2:1: `model.num_attention_heads` is missing; expected an integer from 1 to 1048576; "
          + "try `num_attention_heads: 4`",
        "r.yaml:2:1: `model.intermediate_size` is missing; expected an integer from 1 to 1048576; "
          + "try `intermediate_size: 768`",
      ])
  }

  @Test func threeMistakesGiveThreeMessagesInOrder() {
    let yaml = RecipeFixture.replacing("max_steps: 20000", "max_steps: many")
      .replacing("num_hidden_layers: 6", with: "n_layer: 6\n  num_hidden_layers: 6")
      .replacing("lr: 2.0e-3", with: "lr: -1")
    #expect(
      RecipeFixture.messages(yaml) == [
        "r.yaml:6:3: unknown key `model.n_layer`; did you mean `model.num_hidden_layers`?",
        "r.yaml:16:12: `max_steps` is the text \"many\"; expected an integer of at least 1; try `max_steps: 1000`",
        "r.yaml:17:30: `optimizer.lr` is -1; expected a number above 0; try `lr: 2.0e-3`",
      ])
  }
}
