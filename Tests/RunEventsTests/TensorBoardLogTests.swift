import Datasets
import FileFormats
import Foundation
import Recipes
import RunEvents
import TensorBoardEvents
import TestSupport
import Testing
import Training

/// Event files beside the logs of a run.
@Suite struct TensorBoardLogTests {
  private let folder: TemporaryDirectory

  init() throws { folder = try TemporaryDirectory() }

  private func recipe(_ run: String, _ overrides: String...) throws -> Recipe {
    let text = (0..<400).map { "\($0) squared is \($0 * $0)\n" }.joined()
    let path = try folder.write(Array(text.utf8), to: "text")
    let yaml = """
      recipe: pretrain
      output_dir: \(folder.path(run))
      model:
        {hidden_size: 32, num_hidden_layers: 2, num_attention_heads: 2, num_key_value_heads: 1, intermediate_size: 48}
      dataset: {path: \(path), train: "0:4000", validation: "4000:"}
      max_seq_len: 16
      batch_size: 2
      max_steps: 12
      optimizer: {type: adamw, lr: 2.0e-3}
      lr_scheduler: {type: constant}
      log_every_n_steps: 1
      eval_every_n_steps: 3
      eval_tokens: 200
      save_every_n_steps: 5
      samples: {prompts: ["12 "], max_new_tokens: 4}
      """
    return try Recipe(yaml: yaml, file: "r.yaml", overrides: overrides)
  }

  private struct Killed: Error {}

  /// - Parameter last: the step after whose log line the process ends.
  private func train(_ recipe: Recipe, resume: Bool = false, killedAfter last: Int = .max) throws {
    do {
      _ = try TrainingRun(recipe, resume: resume, log: TensorBoardLog()).train { event in
        if case .logged(let line) = event, line.step == last { throw Killed() }
        return .continue
      }
    } catch is Killed {}
  }

  /// What readers find of a run, without what the clock decides.
  private func events(_ run: String) throws -> [Event] {
    try EventFolder(URL(filePath: folder.path(run))).files().flatMap { file in
      try EventRecords(file).compactMap { event, _ in
        guard case .values(let values) = event.content else { return nil }
        return Event(step: event.step, wallTime: 0, .values(values.filter { !$0.tag.hasPrefix("speed/") }))
      }
    }
  }

  private func files(_ run: String) throws -> [String: Data] {
    let names = try FileManager.default.subpathsOfDirectory(atPath: folder.path(run))
    return try names.reduce(into: [:]) { files, name in
      let url = URL(filePath: folder.path(run)).appending(path: name)
      if name.hasSuffix(".safetensors") { files[name] = try Data(contentsOf: url) }
    }
  }

  @Test func aRunThatWasKilledHasTheEventsOfOneThatWasNot() throws {
    try train(recipe("straight"))
    try train(recipe("killed"), killedAfter: 9)
    try train(recipe("killed"), resume: true, killedAfter: 7)
    try train(recipe("killed"), resume: true)
    let (straight, killed) = try (events("straight"), events("killed"))
    #expect(straight == killed)
    #expect(straight.map(\.step) == [1, 2, 3, 3, 4, 5, 6, 6, 7, 8, 9, 9, 10, 11, 12, 12])
    let tags = straight.reduce(into: Set<String>()) { tags, event in
      if case .values(let values) = event.content { tags.formUnion(values.map(\.tag)) }
    }
    for tag in ["train/loss", "validation/perplexity", "samples/1", "weights/q_proj", "ternary_layers/1_flipped"] {
      #expect(tags.contains(tag), "\(tag)")
    }
  }

  @Test func aWarmupHasACurve() throws {
    try train(recipe("run", "bitlinear={warmup: {type: linear, steps: 4}}"))
    let strengths = try events("run").flatMap { event -> [EventValue] in
      guard case .values(let values) = event.content else { return [] }
      return values.filter { $0.tag == "schedule/quantization_strength" }
    }
    #expect(strengths.count == 12)
  }

  @Test func trainingHasTheSameBytesWithAndWithout() throws {
    try train(recipe("with"))
    try train(recipe("without", "tensorboard=false"))
    #expect(try files("with") == files("without"))
    #expect(try !files("with").isEmpty && !events("with").isEmpty)
    let names = try FileManager.default.contentsOfDirectory(atPath: folder.path("without"))
    #expect(!names.contains { $0.contains("tfevents") })
  }

  /// It is no part of what a run is: a resumed one may write them or not.
  @Test func aResumedRunMayWriteNone() throws {
    try train(recipe("run"), killedAfter: 9)
    try train(recipe("run", "tensorboard=false"), resume: true, killedAfter: 7)
    #expect(try events("run").map(\.step) == [1, 2, 3, 3, 4, 5], "what is done again is not told of twice")
    try train(recipe("run"), resume: true)
    #expect(try events("run").map(\.step) == [1, 2, 3, 3, 4, 5, 6, 6, 7, 8, 9, 9, 10, 11, 12, 12])
  }

  /// The folder holds no checkpoint, hence no run.
  @Test func aNewRunForgetsTheEventsOfOneThatSavedNothing() throws {
    try train(recipe("run"), killedAfter: 3)
    try train(recipe("run"), killedAfter: 2)
    #expect(try events("run").map(\.step) == [1, 2])
  }

  @Test func theWeightsOfAKindAreCountedOverAllLayers() throws {
    try train(recipe("run"))
    let event = try #require(try events("run").last)
    guard case .values(let values) = event.content else { return }
    let counts = values.reduce(into: [String: Int]()) { counts, value in
      guard case .histogram(let histogram) = value.content else { return }
      counts[value.tag] = histogram.count
      #expect(histogram.buckets.map(\.count).reduce(0, +) == histogram.count)
    }
    let (square, narrow, wide) = (2 * 32 * 32, 2 * 32 * 16, 2 * 32 * 48)
    let expected = [
      "embed_tokens": 256 * 32, "q_proj": square, "k_proj": narrow, "v_proj": narrow, "o_proj": square,
      "gate_proj": wide, "up_proj": wide, "down_proj": wide,
    ]
    #expect(counts == Dictionary(uniqueKeysWithValues: expected.map { ("weights/" + $0, $1) }))
  }

  @Test func theKeyIsInTheResolvedRecipe() throws {
    #expect(try recipe("r").resolvedYAML().contains("\ntensorboard: true\n"))
    let off = try recipe("r", "tensorboard=false")
    #expect(off.resolvedYAML().contains("\ntensorboard: false\n"))
    #expect(try Recipe(yaml: off.resolvedYAML(), file: "r.yaml") == off)
  }
}
