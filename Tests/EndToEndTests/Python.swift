import Foundation
import Testing

/// Programs in Python that look at our files with the packages of others.
enum Python {
  /// The interpreter to run them with; tests that need one are disabled without it.
  static let interpreter = ProcessInfo.processInfo.environment["BITNET_PYTHON"].flatMap { $0.isEmpty ? nil : $0 }

  /// Whether the interpreter finds a package.
  static func has(_ package: String) -> Bool {
    interpreter != nil && (try? run(["-c", "import \(package)"], in: FileManager.default.temporaryDirectory)) != nil
  }

  /// Runs a script of `Tests/EndToEndTests/Python`, which must succeed, and returns what it prints.
  static func run(script: String, _ arguments: String..., in directory: URL) throws -> String {
    try run(script: script, arguments, in: directory)
  }

  static func run(script: String, _ arguments: [String], in directory: URL) throws -> String {
    let scripts = CommandLineTool.root.appending(path: "Tests/EndToEndTests/Python")
    return try run([scripts.appending(path: script).path] + arguments, in: directory)
  }

  /// Runs a script of the package, which must succeed.
  static func run(file: String, _ arguments: [String], in directory: URL) throws -> String {
    try run([CommandLineTool.root.appending(path: file).path] + arguments, in: directory)
  }

  private static func run(_ arguments: [String], in directory: URL) throws -> String {
    let process = Process()
    process.executableURL = URL(filePath: interpreter ?? "python3")
    process.arguments = arguments
    process.currentDirectoryURL = directory
    // Files, not pipes: a pipe that nobody empties stops the process.
    let output = directory.appending(path: "output-\(UUID().uuidString)")
    try Data().write(to: output)
    defer { try? FileManager.default.removeItem(at: output) }
    process.standardOutput = try FileHandle(forWritingTo: output)
    process.standardError = FileHandle.nullDevice
    try process.run()
    process.waitUntilExit()
    try #require(process.terminationStatus == 0, "python \(arguments) failed")
    return try String(contentsOf: output, encoding: .utf8)
  }
}
