import Foundation
import Kernels
import Testing

/// A packed file says what its checkpoint says.
@Suite struct PackedRuntimeTests {
  @Test(arguments: ["i2_s", "tq1_0", "tq2_0"])
  func greedyTextAndLossAreTheCheckpoints(type: String) throws {
    let run = try PackedRun(activation: "relu2")
    let file = "\(type).gguf"
    try run.run("export", "run", "--type", type, "--output", file)
    for path in KernelPath.available {
      for threads in ["1", "2"] {
        let environment = ["BITNET_KERNELS": path.rawValue]
        func text(_ model: String) throws -> String {
          try run.run(
            "generate", model, "--prompt", "Line 1", "--temperature", "0", "--max-new-tokens", "256", "--threads",
            threads, environment: environment)
        }
        func bits(_ arguments: [String]) throws -> Double {
          let all = ["eval"] + arguments + ["--threads", threads, "--json"]
          let result = try CommandLineTool.run(all, in: run.directory, environment: environment)
          let report = try JSONSerialization.jsonObject(with: Data(result.output.utf8)) as? [String: Any]
          return try #require(report?["bits_per_byte"] as? Double, "\(result.errors)")
        }
        #expect(try text(file) == text("run"), "\(path), \(threads) threads")
        let options = ["--data", "text", "--range", "16000:", "--window", "64", "--max-tokens", "1000"]
        #expect(try bits([file] + options) == bits(["run"]), "\(path), \(threads) threads")
      }
    }
  }
}
