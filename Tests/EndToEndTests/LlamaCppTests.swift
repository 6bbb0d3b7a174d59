import Foundation
import Testing

/// Exported files in programs of others. They need a Python with xllamacpp (a prebuilt llama.cpp) and gguf.
@Suite(
  .enabled(
    if: ProcessInfo.processInfo.environment["BITNET_PYTHON"] != nil,
    "set BITNET_PYTHON to a Python with the packages xllamacpp and gguf"))
struct LlamaCppTests {
  private func python(_ script: String, _ arguments: String..., in directory: URL) throws -> String {
    let process = Process()
    process.executableURL = URL(filePath: ProcessInfo.processInfo.environment["BITNET_PYTHON"] ?? "python3")
    let scripts = CommandLineTool.root.appending(path: "Tests/EndToEndTests/Python")
    process.arguments = [scripts.appending(path: script).path] + arguments
    process.currentDirectoryURL = directory
    let output = directory.appending(path: "output-\(UUID().uuidString)")
    try Data().write(to: output)
    process.standardOutput = try FileHandle(forWritingTo: output)
    process.standardError = FileHandle.nullDevice
    try process.run()
    process.waitUntilExit()
    try #require(process.terminationStatus == 0, "\(script) failed")
    return try String(contentsOf: output, encoding: .utf8)
  }

  /// Rows of 256 are one block of llama.cpp's activations, so it computes what training computed.
  @Test(arguments: ["tq1_0", "tq2_0"])
  func llamaCppWritesTheSame(type: String) throws {
    let run = try PackedRun()
    try run.run("export", "run", "--type", type, "--output", "a.gguf", "--head-type", "f32")
    let prompts = (0..<10).map { "Line \($0 * 37): " }
    let lines = prompts.map { "\"\($0)\"\n" }.joined()
    try Data(lines.utf8).write(to: run.directory.appending(path: "prompts"))
    let answers = try python("llama_cpp_generate.py", "a.gguf", "prompts", "48", in: run.directory)
      .split(separator: "\n")
    try #require(answers.count == prompts.count)
    for (prompt, answer) in zip(prompts, answers) {
      let report = try run.json(
        "generate", "run", "--prompt", prompt, "--temperature", "0", "--max-new-tokens", "48")
      let digits = Array(answer)
      let bytes = stride(from: 0, to: digits.count, by: 2).compactMap { UInt8(String(digits[$0...$0 + 1]), radix: 16) }
      #expect(report["text"] as? String == String(decoding: bytes, as: UTF8.self), "\(prompt)")
    }
  }

  @Test(arguments: ["tq1_0", "tq2_0"])
  func thePackageOfLlamaCppReadsAndRepacksTheSame(type: String) throws {
    let run = try PackedRun()
    try run.run("export", "run", "--type", type, "--output", "a.gguf")
    let text = try python("gguf_listing.py", "a.gguf", "--requantize", in: run.directory)
    let listing = try #require(try JSONSerialization.jsonObject(with: Data(text.utf8)) as? [String: Any])
    let inspection = try run.json("inspect", "a.gguf")
    let metadata = try #require(inspection["metadata"] as? [String: Any])
    #expect(Set(try #require(listing["keys"] as? [String])) == Set(metadata.keys))
    let theirs = try #require(listing["tensors"] as? [[String: Any]])
    let ours = try #require(inspection["tensors"] as? [[String: Any]])
    #expect(theirs.count == ours.count)
    for (their, our) in zip(theirs, ours) {
      #expect(their["name"] as? String == our["name"] as? String)
      #expect(their["shape"] as? [Int] == our["shape"] as? [Int])
      #expect(their["same"] as? Bool ?? true, "\(their)")
    }
    #expect(theirs.count { $0["same"] != nil } == 14)
  }
}
