import FileFormats
import Foundation
import Inference
import Kernels
import Testing

/// Everything a packed file promises, for one trained run: on every kernel path, with 1 and 2 threads.
struct ParityWalk {
  /// Holds the run in `run`.
  let directory: URL
  let prompt: String
  /// How the run's own text is named on the command line, as its training evaluates it.
  let evaluation: [String]

  func check(_ type: String) throws {
    let file = "\(type).gguf"
    for path in KernelPath.available {
      for threads in ["1", "2"] {
        let place = "\(type), \(path), \(threads) threads"
        func json(_ arguments: String...) throws -> [String: Any] {
          let output = try run(arguments + ["--threads", threads, "--json"], on: path)
          return try #require(try JSONSerialization.jsonObject(with: Data(output.utf8)) as? [String: Any])
        }
        let report = try json("export", "run", "--type", type, "--output", file)
        #expect(report["codes_different"] as? Int == 0, "\(place)")
        #expect(report["max_logit_difference"] as? Double == 0, "\(place)")
        let trained = try #require(report["bits_per_byte_trained"] as? Double)
        #expect(report["bits_per_byte_packed"] as? Double == trained, "\(place)")
        // What training's own evaluator says, and what the packed runtime says without the exporter.
        #expect(try json("eval", "run")["bits_per_byte"] as? Double == trained, "\(place)")
        let arguments = ["eval", file] + evaluation + ["--threads", threads, "--json"]
        let packed = try JSONSerialization.jsonObject(with: Data(try run(arguments, on: path).utf8)) as? [String: Any]
        #expect(packed?["bits_per_byte"] as? Double == trained, "\(place)")
        #expect(try text(file, threads, path) == text("run", threads, path), "\(place)")
      }
      try KernelPath.$current.withValue(path) { try checkDecoding(file, "\(type), \(path)") }
    }
  }

  /// 256 tokens, or as many as the context holds.
  private func text(_ model: String, _ threads: String, _ path: KernelPath) throws -> String {
    try run(
      ["generate", model, "--prompt", prompt, "--temperature", "0", "--max-new-tokens", "256", "--threads", threads],
      on: path)
  }

  /// One token at a time, the packed file says what the checkpoint says of all at once.
  private func checkDecoding(_ file: String, _ place: String) throws {
    let checkpoint = try RuntimeModel(folder: try latestCheckpoint())
    let packed = try RuntimeModel(gguf: try GGUFFile(directory.appending(path: file)))
    let length = min(200, packed.positionLimit)
    let tokens: [Int32] = (0..<length).map { index in Int32((index * 37 + index / 7) % 128) }
    let batch = try InferenceSession(checkpoint).prefillAllPositions(tokens).map(\.bitPattern)
    for threads in [1, 2] {
      try ThreadPool.$current.withValue(ThreadPool(threadCount: threads)) {
        let prefilled = try InferenceSession(packed).prefillAllPositions(tokens).map(\.bitPattern)
        let session = InferenceSession(packed)
        var stepwise: [UInt32] = []
        for token in tokens { stepwise += try session.decode(token).map(\.bitPattern) }
        // Inside the macro the arrays themselves would be printed.
        let (isSameAtOnce, isSameByStep) = (prefilled == batch, stepwise == batch)
        #expect(isSameAtOnce && isSameByStep, "\(place), \(threads) threads")
      }
    }
  }

  private func latestCheckpoint() throws -> URL {
    let run = directory.appending(path: "run")
    let name = try String(contentsOf: run.appending(path: "latest"), encoding: .utf8)
    return run.appending(path: name.trimmingCharacters(in: .whitespacesAndNewlines))
  }

  private func run(_ arguments: [String], on path: KernelPath) throws -> String {
    let environment = [KernelPath.environmentVariable: path.rawValue]
    let result = try CommandLineTool.run(arguments, in: directory, environment: environment)
    try #require(result.exitCode == 0, "\(arguments): \(result.errors)")
    return result.output
  }
}
