import Foundation
import Kernels
import Testing

/// `bitnet train` and `bitnet eval` as processes: killed, interrupted, resumed.
@Suite struct TrainCommandTests {
  @Test func killedAndResumedRunsHaveTheBytesOfAnUninterruptedOne() throws {
    let place = try TrainingPlace()
    #expect(try place.train("straight").exitCode == 0)
    var random = RandomStream(seed: 3, purpose: .sampling)
    var kills = 0
    while kills < 12 {
      // Killed at some time after it has logged a few lines more, however busy the machine is.
      let lines = place.log("killed", orEmpty: true).count + Int.random(in: 1...4, using: &random)
      let process = try place.start("killed", resume: place.hasCheckpoint("killed"))
      while process.isRunning, place.log("killed", orEmpty: true).count < lines { Thread.sleep(forTimeInterval: 0.002) }
      Thread.sleep(forTimeInterval: Double.random(in: 0...0.02, using: &random))
      guard process.isRunning else { break }
      kill(process.processIdentifier, SIGKILL)
      process.waitUntilExit()
      kills += 1
    }
    let last = try place.train("killed", resume: place.hasCheckpoint("killed"))
    #expect(last.exitCode == 0, "\(last.errors)")
    #expect(kills > 0)
    for file in ["model.safetensors", "trainer/optimizer.safetensors"] {
      #expect(try place.data("killed/step-000060/\(file)") == place.data("straight/step-000060/\(file)"))
    }
    #expect(try place.log("killed") == place.log("straight"))
  }

  @Test func interruptingSavesAndExitsWith130() throws {
    let place = try TrainingPlace()
    let process = try place.start("run", "max_steps=100000", "save_every_n_steps=100000")
    while place.log("run", orEmpty: true).isEmpty, process.isRunning { Thread.sleep(forTimeInterval: 0.02) }
    process.terminate()
    process.waitUntilExit()
    #expect(process.terminationStatus == 130)
    let latest = try String(contentsOf: place.url("run/latest"), encoding: .utf8).dropLast()
    #expect(try !place.data("run/\(latest)/trainer/MANIFEST.json").isEmpty)
    let step = try #require(Int(latest.dropFirst(5)))
    let resumed = try place.train("run", "max_steps=\(step + 5)", resume: true)
    #expect(resumed.exitCode == 0, "\(resumed.errors)")
    #expect(resumed.errors.contains("Going on after step \(step)."))
  }

  @Test func evalPrintsTheTrainersNumber() throws {
    let place = try TrainingPlace()
    let trained = try place.train("run")
    #expect(trained.exitCode == 0, "\(trained.errors)")
    let line = try #require(place.log("run").last)
    let members = try #require(try JSONSerialization.jsonObject(with: Data(line.utf8)) as? [String: Any])
    let expected = try #require(members["validation_bits_per_byte"] as? Double)
    for threads in ["1", "2"] {
      let result = try CommandLineTool.run(["eval", "run", "--threads", threads], in: place.folder)
      #expect(result.output.contains("bits per byte    \(expected)\n"), "\(result.output)\(result.errors)")
    }
    let json = try CommandLineTool.run(["eval", "run/step-000060", "--json"], in: place.folder)
    let object = try #require(try JSONSerialization.jsonObject(with: Data(json.output.utf8)) as? [String: Any])
    #expect(object["bits_per_byte"] as? Double == expected)
    #expect(object["tokens"] as? Int == 1000)
    let other = try CommandLineTool.run(["eval", "run", "--data", "text", "--range", "0:500"], in: place.folder)
    #expect(other.exitCode == 0 && other.output.contains("bytes 0:500"))
  }

  @Test func refusals() throws {
    let place = try TrainingPlace()
    let nothing = try place.train("run", resume: true)
    #expect(nothing.exitCode == 2 && nothing.errors.contains("no checkpoint to resume from"))
    #expect(try place.train("run", "max_steps=10").exitCode == 0)
    let again = try place.train("run", "max_steps=10")
    #expect(again.exitCode == 2 && again.errors.contains("holds a run already"))
    let other = try place.train("run", "seed=2", "batch_size=3", resume: true)
    #expect(other.exitCode == 2)
    #expect(other.errors.contains("batch_size: the checkpoint has 2, the recipe 3"))
    #expect(other.errors.contains("seed: the checkpoint has 1, the recipe 2"))
    try Data("x".utf8).write(to: place.url("run/step-000010/model.safetensors"))
    let damaged = try place.train("run", resume: true)
    #expect(damaged.exitCode == 1 && damaged.errors.contains("model.safetensors has 1 bytes"))
    let size = ["output_dir=huge", "model.hidden_size=1048576", "model.num_hidden_layers=100"]
    for command in [["train"], ["plan"], ["bench", "train"]] {
      let huge = try CommandLineTool.run(command + ["small.yaml"] + size, in: place.folder)
      #expect(huge.exitCode == 2 && huge.errors.contains("GB of memory"), "\(huge.errors)")
    }
    #expect(!FileManager.default.fileExists(atPath: place.url("huge").path))
    for text in ["", "short"] {
      try Data(text.utf8).write(to: place.url("text"))
      let result = try place.train("fresh")
      #expect(result.exitCode == 1 && result.errors.hasPrefix("error: "), "\(result.errors)")
      #expect(!FileManager.default.fileExists(atPath: place.url("fresh").path))
    }
  }
}

/// A folder with a text and a recipe for a model that trains in a second.
private struct TrainingPlace {
  let folder: URL
  private let owner: Owner

  private final class Owner {
    let folder: URL
    init(_ folder: URL) { self.folder = folder }
    deinit { try? FileManager.default.removeItem(at: folder) }
  }

  init() throws {
    folder = FileManager.default.temporaryDirectory.appending(path: "bitnet-train-\(UUID().uuidString)")
    owner = Owner(folder)
    try FileManager.default.createDirectory(at: folder, withIntermediateDirectories: true)
    let text = (0..<800).map { "Line \($0) says that \($0 * $0) is the square of \($0).\n" }.joined()
    try Data(text.utf8).write(to: url("text"))
    try Data(Self.recipe.utf8).write(to: url("small.yaml"))
  }

  /// The schedule switches at step 30; checkpoints fall between log lines.
  private static let recipe = """
    recipe: pretrain
    output_dir: run
    seed: 1
    model: {hidden_size: 32, num_hidden_layers: 2, num_attention_heads: 2, num_key_value_heads: 1, intermediate_size: 48}
    tokenizer: {type: byte}
    dataset: {path: text, train: "0:30000", validation: "30000:32000"}
    max_seq_len: 32
    batch_size: 2
    gradient_accumulation_steps: 2
    max_steps: 60
    optimizer: {type: adamw, lr: 4.0e-3}
    lr_scheduler: {type: two_stage, num_warmup_steps: 5, second_lr: 2.7e-3, final_lr: 8.0e-5}
    log_every_n_steps: 4
    eval_every_n_steps: 15
    eval_tokens: 1000
    save_every_n_steps: 5

    """

  func url(_ path: String) -> URL { folder.appending(path: path) }

  func data(_ path: String) throws -> Data { try Data(contentsOf: url(path)) }

  func hasCheckpoint(_ run: String) -> Bool {
    let names = (try? FileManager.default.contentsOfDirectory(atPath: url(run).path)) ?? []
    return names.contains { $0.hasPrefix("step-") }
  }

  private func arguments(_ output: String, _ overrides: [String], _ resume: Bool) -> [String] {
    ["train", "small.yaml"] + overrides + ["--output", output, "--threads", "1"] + (resume ? ["--resume"] : [])
  }

  func train(_ output: String, _ overrides: String..., resume: Bool = false) throws -> CommandLineTool.Result {
    try CommandLineTool.run(arguments(output, overrides, resume), in: folder)
  }

  func start(_ output: String, _ overrides: String..., resume: Bool = false) throws -> Process {
    let process = Process()
    process.executableURL = CommandLineTool.executable
    process.arguments = arguments(output, overrides, resume)
    process.currentDirectoryURL = folder
    process.standardOutput = FileHandle.nullDevice
    process.standardError = FileHandle.nullDevice
    try process.run()
    return process
  }

  /// The lines of metrics.jsonl without what the clock decides.
  func log(_ run: String) throws -> [String] {
    try String(contentsOf: url("\(run)/metrics.jsonl"), encoding: .utf8).split(separator: "\n").map {
      String($0.prefix(upTo: $0.range(of: ",\"tokens_per_second\"")?.lowerBound ?? $0.endIndex))
    }
  }

  func log(_ run: String, orEmpty: Bool) -> [String] { (try? log(run)) ?? [] }
}
