import Foundation
import Testing

/// TensorBoard's own readers open the folder of a run that was stopped and went on.
@Suite(.enabled(if: Python.has("tensorboard"), "set BITNET_PYTHON to a Python that has tensorboard"))
struct TensorBoardTests {
  private let place: TensorBoardPlace

  init() throws { place = try TensorBoardPlace() }

  @Test func itShowsWhatTheLogsSay() throws {
    try place.train("max_steps=20")
    let seen = try place.seen()
    #expect(Array(seen.keys) == ["run"])
    let run = try #require(seen["run"])
    try Self.expectScalars(of: run, equal: place.lines("metrics.jsonl"))
    try Self.expectTexts(of: run, equal: place.lines("samples.jsonl"))
    try expectHistograms(of: run, steps: [8, 16, 20])
  }

  @Test func aRunThatWasKilledAndWentOnHasNoStepTwice() throws {
    let last = try place.trainKilledBehindACheckpoint() + 20
    try place.train("max_steps=\(last)", resume: true)
    let run = try #require(try place.seen()["run"])
    #expect(run.rawSteps == Array(stride(from: 4, through: last, by: 4)))
    try Self.expectScalars(of: run, equal: place.lines("metrics.jsonl"))
    try Self.expectTexts(of: run, equal: place.lines("samples.jsonl"))
  }

  /// Half a record and no mark at its end: what was whole is read.
  @Test func aTornFileIsReadToItsLastWholeRecord() throws {
    try place.train("max_steps=20")
    let file = try #require(try place.eventFiles().first)
    try Data(contentsOf: file).dropLast(5).write(to: file)
    let run = try #require(try place.seen()["run"])
    // The last record is that of the evaluation after step 20; the log line before it is whole.
    #expect(run.rawSteps == [4, 8, 12, 16, 20])
    #expect(run.scalars["validation/loss"]?.map { $0[0] } == [8, 16])
  }

  /// They belong to the run, and go with it.
  @Test func aRunIsRemovedWithItsEvents() throws {
    try place.train("max_steps=4")
    #expect(try place.eventFiles().count == 1)
    let result = try place.run("runs", "rm", "runs/run", "--yes")
    #expect(result.exitCode == 0, "\(result.errors)")
    #expect(throws: (any Error).self) { try place.eventFiles() }
  }

  private static let sections = [
    "loss": "train/loss", "bits_per_byte": "train/bits_per_byte", "grad_norm": "train/grad_norm",
    "tokens": "schedule/tokens", "learning_rate": "schedule/learning_rate", "weight_decay": "schedule/weight_decay",
    "tokens_per_second": "speed/tokens_per_second", "elapsed_seconds": "speed/elapsed_seconds",
    "validation_nats_per_token": "validation/loss", "validation_perplexity": "validation/perplexity",
    "validation_bits_per_byte": "validation/bits_per_byte", "ternary.codes_flipped": "ternary/codes_flipped",
    "ternary.flipped_per_1000_steps": "ternary/flipped_per_1000_steps",
  ]

  private static func tag(_ path: String) -> String {
    if let tag = sections[path] { return tag }
    let parts = path.split(separator: ".").dropFirst().map(String.init)
    return switch parts[0] {
    case "share": "ternary/share_" + parts[1]
    case "zero_fraction", "gamma": "ternary_\(parts[0])/\(parts[1])"
    default: "ternary_layers/\(parts[1])_\(parts[2])"
    }
  }

  /// Every number of the log is in the events and the other way round; only shares are rounded in the log.
  private static func expectScalars(of run: SeenRun, equal lines: [[String: Any]]) throws {
    var expected: [String: [[Double]]] = [:]
    for line in lines {
      let step = try #require(line["step"] as? Int)
      for (path, value) in leaves(line) where path != "step" {
        expected[tag(path), default: []].append([Double(step), value])
      }
    }
    #expect(Set(run.scalars.keys) == Set(expected.keys))
    for (tag, points) in expected {
      let seen = run.scalars[tag] ?? []
      #expect(seen.map { $0[0] } == points.map { $0[0] }, "\(tag)")
      let isRounded = tag.hasPrefix("ternary/share") || tag.hasPrefix("ternary_layers")
      for (seen, point) in zip(seen, points) {
        // Half a unit in the last place of float32, and what Foundation's reader of JSON is off by.
        let tolerance = isRounded ? 5.1e-5 : 0.5001 * Double(Float(point[1]).ulp)
        #expect(
          abs(seen[1] - point[1]) <= tolerance, "\(tag) at \(point[0]): \(seen[1]), the log has \(point[1])")
      }
    }
  }

  private static func leaves(_ value: Any, _ path: String = "") -> [(path: String, value: Double)] {
    func name(_ part: String) -> String { path.isEmpty ? part : "\(path).\(part)" }
    if let members = value as? [String: Any] { return members.flatMap { leaves($1, name($0)) } }
    if let elements = value as? [Any] { return elements.enumerated().flatMap { leaves($1, name("\($0)")) } }
    return (value as? Double).map { [(path, $0)] } ?? []
  }

  private static func expectTexts(of run: SeenRun, equal lines: [[String: Any]]) throws {
    #expect(run.texts.keys.sorted() == ["samples/1", "samples/2"])
    for (index, line) in lines.enumerated() {
      let seen = try #require(run.texts["samples/\(index % 2 + 1)"])[index / 2]
      #expect(seen.step == line["step"] as? Int)
      let text = try #require(line["text"] as? String)
      let indented = text.split(omittingEmptySubsequences: false, whereSeparator: \.isNewline).map { "    \($0)" }
      let prompt = try #require(line["prompt"] as? String)
      #expect(
        seen.text == "Prompt:\n\n    \(prompt)\n\nContinuation:\n\n" + indented.joined(separator: "\n"))
    }
    #expect(lines.count == 2 * (run.texts["samples/1"]?.count ?? 0))
  }

  /// Of two layers 32 wide with 2 heads, one of them for keys and values, and 48 in the middle.
  private static let counts = [
    "embed_tokens": 256 * 32, "q_proj": 2 * 32 * 32, "k_proj": 2 * 32 * 16, "v_proj": 2 * 32 * 16,
    "o_proj": 2 * 32 * 32, "gate_proj": 2 * 32 * 48, "up_proj": 2 * 32 * 48, "down_proj": 2 * 32 * 48,
  ]

  private func expectHistograms(of run: SeenRun, steps: [Int]) throws {
    #expect(Set(run.histograms.keys) == Set(Self.counts.keys.map { "weights/" + $0 }))
    for (kind, count) in Self.counts {
      let seen = try #require(run.histograms["weights/" + kind])
      #expect(seen.map(\.step) == steps)
      for histogram in seen {
        #expect(histogram.num == Double(count) && histogram.counts.reduce(0, +) == Double(count), "\(kind)")
        #expect(histogram.limits.count == histogram.counts.count && histogram.limits.last == histogram.max)
        #expect(histogram.min < 0 && histogram.max > 0 && abs(histogram.sum) < Double(count) * histogram.max)
      }
    }
  }
}

/// What `tensorboard_events.py` prints of a run.
private struct SeenRun: Decodable {
  struct Histogram: Decodable {
    let step: Int
    let min, max, num, sum: Double
    let limits, counts: [Double]
  }

  struct Text: Decodable {
    let step: Int
    let text: String

    init(from decoder: any Decoder) throws {
      var values = try decoder.unkeyedContainer()
      (step, text) = (try values.decode(Int.self), try values.decode(String.self))
    }
  }

  let scalars: [String: [[Double]]]
  let histograms: [String: [Histogram]]
  let texts: [String: [Text]]
  let rawSteps: [Int]

  enum CodingKeys: String, CodingKey {
    case scalars, histograms, texts
    case rawSteps = "raw_steps"
  }
}

/// A folder with a run that writes texts and evaluates.
private final class TensorBoardPlace {
  private let folder: URL

  init() throws {
    folder = FileManager.default.temporaryDirectory.appending(path: "bitnet-events-\(UUID().uuidString)")
    try FileManager.default.createDirectory(at: folder, withIntermediateDirectories: true)
    let text = (0..<800).map { "Line \($0) says that \($0 * $0) is the *square* of \($0).\n" }.joined()
    try Data(text.utf8).write(to: folder.appending(path: "text"))
    try Data(Self.recipe.utf8).write(to: folder.appending(path: "small.yaml"))
  }

  deinit { try? FileManager.default.removeItem(at: folder) }

  private static let recipe = """
    recipe: pretrain
    output_dir: runs/run
    model: {hidden_size: 32, num_hidden_layers: 2, num_attention_heads: 2, num_key_value_heads: 1, intermediate_size: 48}
    dataset: {path: text, train: "0:30000", validation: "30000:"}
    max_seq_len: 32
    batch_size: 2
    max_steps: 20
    optimizer: {type: adamw, lr: 4.0e-3}
    lr_scheduler: {type: constant}
    log_every_n_steps: 4
    eval_every_n_steps: 8
    eval_tokens: 500
    save_every_n_steps: 10
    samples: {prompts: ["Line ", "The"], max_new_tokens: 40, temperature: 1.0}
    """

  func run(_ arguments: String...) throws -> CommandLineTool.Result { try CommandLineTool.run(arguments, in: folder) }

  func train(_ overrides: String..., resume: Bool = false) throws {
    let result = try CommandLineTool.run(
      ["train", "small.yaml"] + overrides + (resume ? ["--resume"] : []), in: folder)
    try #require(result.exitCode == 0, "\(result.errors)")
  }

  /// Kills a run that has logged for a while since its last checkpoint.
  /// - Returns: the step of that checkpoint.
  func trainKilledBehindACheckpoint() throws -> Int {
    let process = Process()
    process.executableURL = CommandLineTool.executable
    process.arguments = ["train", "small.yaml", "max_steps=100000", "save_every_n_steps=100"]
    process.currentDirectoryURL = folder
    process.standardOutput = FileHandle.nullDevice
    process.standardError = FileHandle.nullDevice
    try process.run()
    let log = folder.appending(path: "runs/run/metrics.jsonl")
    while process.isRunning, (try? String(contentsOf: log, encoding: .utf8))?.contains("\"step\":140,") != true {
      Thread.sleep(forTimeInterval: 0.001)
    }
    kill(process.processIdentifier, SIGKILL)
    process.waitUntilExit()
    let latest = try String(contentsOf: folder.appending(path: "runs/run/latest"), encoding: .utf8).dropLast()
    return try #require(Int(latest.dropFirst(5)))
  }

  func eventFiles() throws -> [URL] {
    try FileManager.default.contentsOfDirectory(at: folder.appending(path: "runs/run"), includingPropertiesForKeys: nil)
      .filter { $0.lastPathComponent.hasPrefix("events.out.tfevents.") }
  }

  func seen() throws -> [String: SeenRun] {
    let output = try Python.run(
      script: "tensorboard_events.py", folder.appending(path: "runs").path, in: folder)
    return try JSONDecoder().decode([String: SeenRun].self, from: Data(output.utf8))
  }

  func lines(_ name: String) throws -> [[String: Any]] {
    try String(contentsOf: folder.appending(path: "runs/run/" + name), encoding: .utf8).split(separator: "\n").map {
      try #require(try JSONSerialization.jsonObject(with: Data($0.utf8)) as? [String: Any])
    }
  }
}
