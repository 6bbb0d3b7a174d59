import Datasets
import Foundation
import Recipes
import TestSupport
import Testing
import Training

/// Recipes that name an optimiser: `optimizer.type`.
@Suite struct OptimizerRecipeTests {
  let folder: TemporaryDirectory

  init() throws { folder = try TemporaryDirectory() }

  /// - Parameter run: the name of its folder.
  private func recipe(_ type: String, run: String) throws -> Recipe {
    var recipe = try RecipeFixture.recipe(
      "optimizer={type: \(type), lr: 3.0e-4}", "lr_scheduler={type: cosine}", "max_steps=6", "max_seq_len=16",
      "batch_size=2", "save_every_n_steps=3", "dataset.validation=null", "eval_every_n_steps=null",
      "model.num_hidden_layers=1", "model.hidden_size=32", "model.num_attention_heads=2",
      "model.num_key_value_heads=2", "model.intermediate_size=48")
    let text = (0..<400).map { "\($0) squared is \($0 * $0)\n" }.joined()
    let path = try folder.write(Array(text.utf8), to: "text")
    recipe.task = .pretrain(CorpusConfiguration(path: path, train: ByteRange(0, 4000)))
    recipe.outputDirectory = folder.path(run)
    return recipe
  }

  private func train(_ recipe: Recipe, resume: Bool = false, stopAfter: Int = .max) throws {
    let run = try TrainingRun(recipe, resume: resume)
    _ = try run.train { event in
      if case .stepped(let report) = event, report.step == stopAfter { return .stop }
      return .continue
    }
  }

  @Test(arguments: OptimizerConfiguration.Kind.allCases)
  func aResumedRunHasTheBytesOfAnUninterruptedOne(_ kind: OptimizerConfiguration.Kind) throws {
    let (straight, stopped) = try (recipe(kind.rawValue, run: "a"), recipe(kind.rawValue, run: "b"))
    try train(straight)
    try train(stopped, stopAfter: 2)
    // What the run folder says is the recipe that goes on.
    let kept = try Recipe.load(folder.path("b/recipe.yaml"))
    #expect(kept.training.optimizer.kind == kind)
    try train(kept, resume: true)
    for file in ["model.safetensors", "trainer/optimizer.safetensors"] {
      let (a, b) = (folder.path("a/step-000006/\(file)"), folder.path("b/step-000006/\(file)"))
      #expect(try Data(contentsOf: URL(filePath: a)) == Data(contentsOf: URL(filePath: b)), "\(file)")
    }
    let state = try String(contentsOfFile: folder.path("a/step-000006/trainer/state.json"), encoding: .utf8)
    #expect(state.contains("optimizer.type") == (kind != .adamw), "identities of AdamW's runs stay as they were")
  }

  @Test func theyTrainDifferently() throws {
    for kind in OptimizerConfiguration.Kind.allCases { try train(recipe(kind.rawValue, run: kind.rawValue)) }
    let weights = try OptimizerConfiguration.Kind.allCases.map {
      try Data(contentsOf: URL(filePath: folder.path("\($0.rawValue)/step-000006/model.safetensors")))
    }
    #expect(weights[0] != weights[1])
  }

  @Test(arguments: [("adamw", "lion"), ("lion", "adamw")])
  func theStateOfAnotherOneIsRefused(before: String, now: String) throws {
    try train(recipe(before, run: "r"), stopAfter: 2)
    let error = try #require(throws: RunError.self) { try TrainingRun(recipe(now, run: "r"), resume: true) }
    #expect("\(error)".contains("optimizer.type: the checkpoint has \(before), the recipe \(now)"), "\(error)")
  }

  @Test func anUnknownOneListsWhatThereIs() {
    #expect(
      RecipeFixture.messages(RecipeFixture.replacing("type: adamw", "type: lionn")) == [
        "r.yaml:16:19: `optimizer.type` is the text \"lionn\"; expected one of adamw, lion; try `type: lion`"
      ])
  }

  @Test func itsStatesAreInThePlan() throws {
    let (adamw, lion) = try (recipe("adamw", run: "a").workload(), recipe("lion", run: "b").workload())
    #expect(adamw.leastMemoryBytes - lion.leastMemoryBytes == 4 * lion.model.parameterCount)
  }
}
