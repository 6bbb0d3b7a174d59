import FileFormats
import Foundation
import Testing

/// A model with numbers that nothing can be computed with: every command says which file and tensor, and none crashes.
@Suite struct BrokenNumberTests {
  /// In bfloat16: NaN, +∞, −∞, and the largest number, which is finite where the scale of its codes is not.
  @Test(arguments: [0x7FC0, 0x7F80, 0xFF80, 0x7F7F] as [UInt16])
  func theTensorIsNamed(pattern: UInt16) throws {
    for tensor in ["model.embed_tokens.weight", "model.layers.1.mlp.up_proj.weight"] {
      let run = try PackedRun()
      try Self.put(pattern, first: tensor, of: run.checkpoint())
      let isFinite = pattern == 0x7F7F
      let commands = [
        ["generate", "run", "--prompt", "ab", "--max-new-tokens", "2"],
        ["eval", "run", "--data", "text", "--max-tokens", "50"],
        ["export", "run", "--type", "tq2_0", "-o", "a.gguf"],
        ["export", "run", "--type", "i2_s", "--no-verify", "-o", "a.gguf"],
        ["export", "run", "--format", "huggingface", "-o", "folder"], ["verify", "run"],
      ]
      for command in commands {
        let result = try CommandLineTool.run(command, in: run.directory)
        // An embedding of 3e38 is odd, and possible; one of −∞ is a token that cannot come.
        if tensor.contains("embed"), isFinite || command[0] == "generate" {
          #expect([0, 1].contains(result.exitCode), "\(command): \(result.exitCode)")
          continue
        }
        let text = result.output + result.errors
        #expect(result.exitCode == 1, "\(command) of \(tensor) with \(pattern)")
        #expect(text.contains(tensor), "\(command): \(text)")
        #expect(!text.contains(".tmp") && !text.contains("Export the file again"), "\(command): \(text)")
      }
    }
  }

  /// Overwrites the first element of a tensor, and takes away the sums that would tell.
  private static func put(_ pattern: UInt16, first tensor: String, of checkpoint: URL) throws {
    try FileManager.default.removeItem(at: checkpoint.appending(path: "trainer"))
    let url = checkpoint.appending(path: "model.safetensors")
    var bytes = try Data(contentsOf: url)
    let length = bytes.prefix(8).enumerated().reduce(0) { $0 | Int($1.element) << (8 * $1.offset) }
    let header = try JSONSerialization.jsonObject(with: bytes[8..<8 + length]) as? [String: [String: Any]]
    let offsets = try #require(header?[tensor]?["data_offsets"] as? [Int])
    let start = 8 + length + offsets[0]
    bytes[start] = UInt8(truncatingIfNeeded: pattern)
    bytes[start + 1] = UInt8(pattern >> 8)
    try bytes.write(to: url)
  }
}
