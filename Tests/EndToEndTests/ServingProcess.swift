import Foundation
import TestSupport
import Testing

/// A `bitnet serve` with the demo model on a free port, until it ends or this object goes.
final class ServingProcess {
  let process = Process()
  let directory: URL
  private(set) var port = 0
  private var output: URL { directory.appending(path: "output") }
  private var errors: URL { directory.appending(path: "errors") }

  static let model = CommandLineTool.root.appending(path: "checkpoints/demo.gguf").path

  init(_ arguments: [String], in directory: URL) async throws {
    self.directory = directory
    try Data().write(to: output)
    try Data().write(to: errors)
    process.executableURL = CommandLineTool.executable
    process.arguments = ["serve", Self.model, "--port", "0", "--threads", "1"] + arguments
    process.currentDirectoryURL = directory
    process.standardOutput = try FileHandle(forWritingTo: output)
    process.standardError = try FileHandle(forWritingTo: errors)
    try process.run()
    let line = try await wait {
      (try? String(contentsOf: output, encoding: .utf8)).flatMap { $0.hasSuffix("\n") ? $0 : nil }
    }
    #expect(line.hasPrefix("listening on http://127.0.0.1:"), "\(line) \(told)")
    port = try #require(line.trimmingCharacters(in: .newlines).split(separator: ":").last.flatMap { Int($0) })
  }

  deinit { if process.isRunning { kill(process.processIdentifier, SIGKILL) } }

  /// What it wrote to standard error.
  var told: String { (try? String(contentsOf: errors, encoding: .utf8)) ?? "" }

  func signal(_ number: Int32) { kill(process.processIdentifier, number) }

  /// - Returns: the exit code.
  func end() async throws -> Int32 {
    _ = try await wait { process.isRunning ? nil : true }
    return process.terminationStatus
  }

  /// Waits until there is a value, for a minute at most, or until the process ends.
  @discardableResult
  func wait<Value>(_ value: () -> Value?) async throws -> Value {
    for _ in 0..<6000 {
      if let found = value() { return found }
      try await Task.sleep(for: .milliseconds(10))
      if !process.isRunning, value() == nil { break }
    }
    return try #require(value(), "\(told)")
  }

  func connection() async throws -> RawConnection { try await RawConnection(port: port) }

  /// - Returns: head and body.
  func ask(_ method: String, _ path: String, _ body: String = "", headers: [String] = []) async throws -> String {
    let connection = try await connection()
    try await connection.send(Self.request(method, path, body, headers: headers))
    return try await connection.read()
  }

  static func request(_ method: String, _ path: String, _ body: String = "", headers: [String] = []) -> String {
    let lines =
      ["\(method) \(path) HTTP/1.1", "Host: localhost", "Connection: close", "Content-Type: application/json"]
      + ["Content-Length: \(body.utf8.count)"] + headers
    return lines.joined(separator: "\r\n") + "\r\n\r\n" + body
  }
}
