import Foundation
import Testing

/// Results that cannot be written, and results that nobody reads.
@Suite struct StandardOutputTests {
  private static let commands = [["doctor"], ["doctor", "--json"], ["recipes", "cat", "quickstart"], ["--help"]]

  @Test(
    .enabled(if: FileManager.default.fileExists(atPath: "/dev/full"), "needs the full disk that Linux has"),
    arguments: commands)
  func aResultThatCannotBeWrittenIsAFailure(_ arguments: [String]) throws {
    let result = try CommandLineTool.run(arguments, outputPath: "/dev/full")
    #expect(result.exitCode == 1)
    #expect(result.errors.hasPrefix("error: standard output: No space left on device. "), "\(result.errors)")
  }

  @Test(.enabled(if: FileManager.default.fileExists(atPath: "/dev/full"), "needs the full disk that Linux has"))
  func filesThatWereWrittenAreThere() throws {
    let folder = FileManager.default.temporaryDirectory.appending(path: "bitnet-output-\(UUID().uuidString)")
    try FileManager.default.createDirectory(at: folder, withIntermediateDirectories: true)
    defer { try? FileManager.default.removeItem(at: folder) }
    let result = try CommandLineTool.run(
      ["recipes", "cp", "quickstart", "mine.yaml"], in: folder, outputPath: "/dev/full")
    #expect(result.exitCode == 1 && result.errors.contains("files that it wrote are there"))
    #expect(FileManager.default.fileExists(atPath: folder.appending(path: "mine.yaml").path))
  }

  /// Where the signal of a closed pipe is ignored, as services do.
  @Test(arguments: commands) func nobodyWhoReadsIsNoFailure(_ arguments: [String]) throws {
    let process = Process()
    process.executableURL = URL(filePath: "/bin/sh")
    process.arguments =
      ["-c", "trap '' PIPE; { \"$@\"; echo $? >&2; } | true", "sh", CommandLineTool.executable.path] + arguments
    let errors = Pipe()
    (process.standardOutput, process.standardError) = (FileHandle.nullDevice, errors)
    try process.run()
    let text = String(decoding: errors.fileHandleForReading.readDataToEndOfFile(), as: UTF8.self)
    process.waitUntilExit()
    #expect(text == "0\n")
  }
}
