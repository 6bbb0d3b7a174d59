import Foundation
import Testing

/// Dispatch traps where it gets no descriptor.
@Suite struct OpenFileLimitTests {
  @Test(arguments: 4...12)
  func fewDescriptorsAreAnError(limit: Int) throws {
    let process = Process()
    process.executableURL = URL(filePath: "/bin/sh")
    process.arguments = ["-c", "ulimit -n \(limit); exec \"$0\" doctor", CommandLineTool.executable.path]
    let folder = FileManager.default.temporaryDirectory.appending(path: "limit-\(UUID().uuidString)")
    try Data().write(to: folder)
    defer { try? FileManager.default.removeItem(at: folder) }
    process.standardError = try FileHandle(forWritingTo: folder)
    process.standardOutput = FileHandle.nullDevice
    process.standardInput = FileHandle.nullDevice
    try process.run()
    process.waitUntilExit()
    #expect(process.terminationReason == .exit)
    #expect(process.terminationStatus == 1)
    #expect(try String(contentsOf: folder, encoding: .utf8).contains("ulimit -n 1024"))
  }
}
