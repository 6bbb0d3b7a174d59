import Foundation

/// Runs the `bitnet` that was built beside these tests.
enum CommandLineTool {
  struct Result {
    let output: String
    let errors: String
    let exitCode: Int32
  }

  static let root = URL(filePath: #filePath)
    .deletingLastPathComponent().deletingLastPathComponent().deletingLastPathComponent()

  /// - Parameters:
  ///   - program: another program than `bitnet`.
  ///   - directory: the current folder of the process; the package by default.
  ///   - input: what it reads from standard input; nil: that of the tests.
  ///   - outputPath: where its output goes instead of into the result.
  static func run(
    _ arguments: [String], of program: URL = executable, in directory: URL = root, environment: [String: String] = [:],
    input: String? = nil,
    outputPath: String? = nil
  ) throws -> Result {
    let process = Process()
    process.executableURL = program
    process.arguments = arguments
    process.currentDirectoryURL = directory
    process.environment = ProcessInfo.processInfo.environment.merging(environment) { $1 }
    // Files, not pipes: a pipe that nobody empties stops the process.
    let folder = FileManager.default.temporaryDirectory.appending(path: "bitnet-\(UUID().uuidString)")
    try FileManager.default.createDirectory(at: folder, withIntermediateDirectories: true)
    defer { try? FileManager.default.removeItem(at: folder) }
    let (output, errors) = (folder.appending(path: "output"), folder.appending(path: "errors"))
    try Data().write(to: output)
    try Data().write(to: errors)
    process.standardOutput = try FileHandle(forWritingTo: outputPath.map { URL(filePath: $0) } ?? output)
    process.standardError = try FileHandle(forWritingTo: errors)
    if let input {
      let typed = folder.appending(path: "input")
      try Data(input.utf8).write(to: typed)
      process.standardInput = try FileHandle(forReadingFrom: typed)
    }
    try process.run()
    process.waitUntilExit()
    return Result(
      output: try String(contentsOf: output, encoding: .utf8), errors: try String(contentsOf: errors, encoding: .utf8),
      exitCode: process.terminationStatus)
  }

  static var executable: URL { executable("bitnet") }

  static func executable(_ name: String) -> URL {
    #if os(macOS)
      let bundle = Bundle.allBundles.first { $0.bundlePath.hasSuffix(".xctest") } ?? .main
      return bundle.bundleURL.deletingLastPathComponent().appending(path: name)
    #else
      return Bundle.main.bundleURL.appending(path: name)
    #endif
  }
}
