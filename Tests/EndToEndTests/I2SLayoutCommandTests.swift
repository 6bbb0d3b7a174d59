import FileFormats
import Foundation
import Kernels
import Testing

/// `--i2s-layout`, with a file in the other layout, which nothing here writes.
@Suite struct I2SLayoutCommandTests {
  private static let option = ["--i2s-layout", "64"]

  /// `b.gguf`: the codes of `a.gguf`, laid out in blocks of 64.
  private static func run() throws -> PackedRun {
    let run = try PackedRun()
    try run.run("export", "run", "--type", "i2_s", "--output", "a.gguf")
    let file = try GGUFFile(run.directory.appending(path: "a.gguf"))
    let writer = try GGUFWriter(
      metadata: file.metadata,
      tensors: file.tensors.map { GGUFWriter.Tensor(name: $0.name, type: $0.type, shape: $0.shape) },
      for: run.directory.appending(path: "b.gguf"))
    try writer.write(to: run.directory.appending(path: "b.gguf")) { described, output in
      let tensor = try file.tensor(described.name)
      guard tensor.type == .i2_s else { return try file.withBytes(of: tensor) { try output.write($0) } }
      let codes = try file.ternaryCodes(of: tensor).codes
      var bytes = file.withBytes(of: tensor) { [UInt8]($0) }
      for index in 0..<codes.count / 4 { bytes[index] = 0 }
      for (index, code) in codes.enumerated() {
        let (block, place) = index.quotientAndRemainder(dividingBy: 64)
        bytes[block * 16 + place % 16] |= UInt8(code + 1) << UInt8(6 - 2 * (place / 16))
      }
      try output.write(bytes)
    }
    return run
  }

  @Test func everyCommandThatOpensAFileTakesIt() throws {
    let run = try Self.run()
    func output(_ arguments: [String], _ file: String, _ option: [String] = []) throws -> String {
      let result = try CommandLineTool.run(
        arguments.map { $0 == "FILE" ? file : $0 } + option, in: run.directory, input: "Line 3\n")
      try #require(result.exitCode == 0, "\(arguments): \(result.errors)")
      return result.output.replacing("b.gguf", with: "a.gguf")
    }
    let commands = [
      ["inspect", "FILE"], ["verify", "FILE"], ["eval", "FILE", "--data", "text", "--max-tokens", "300"],
      ["generate", "FILE", "--prompt", "Line 37: ", "--temperature", "0", "--max-new-tokens", "24"],
      ["chat", "FILE", "--temperature", "0", "--max-new-tokens", "12"],
    ]
    for command in commands {
      let expected = try output(command, "a.gguf")
      #expect(try output(command, "b.gguf", Self.option) == expected, "\(command)")
      // With the wrong layout every number is a valid one, so nothing but the numbers tells.
      if ["eval", "generate"].contains(command[0]) { #expect(try output(command, "b.gguf") != expected, "\(command)") }
    }
  }

  @Test func exportWritesTheUsualLayout() throws {
    let run = try Self.run()
    let whole = try run.bytes("a.gguf")
    #expect(try run.bytes("b.gguf") != whole)
    try run.run("export", "b.gguf", "--i2s-layout", "64", "--type", "i2_s", "--output", "c.gguf")
    #expect(try run.bytes("c.gguf") == whole)
    try run.run("export", "b.gguf", "--i2s-layout", "64", "--format", "huggingface", "--output", "folder")
    try run.run("export", "folder", "--type", "i2_s", "--output", "d.gguf")
    #expect(try run.bytes("d.gguf") == whole)
    let needless = try CommandLineTool.run(["eval", "folder", "--i2s-layout", "64"], in: run.directory)
    #expect(needless.exitCode == 1 && needless.errors.contains("no I2_S tensors"), "\(needless.errors)")
    let unknown = try CommandLineTool.run(["inspect", "b.gguf", "--i2s-layout", "32"], in: run.directory)
    #expect(unknown.exitCode == 2)
  }
}
