import Foundation

/// A fresh directory for one test, removed with the object.
package final class TemporaryDirectory: Sendable {
  package let url: URL

  package init() throws {
    url = FileManager.default.temporaryDirectory.appendingPathComponent("swift-bitnet-tests-\(UUID().uuidString)")
    try FileManager.default.createDirectory(at: url, withIntermediateDirectories: true)
  }

  deinit {
    // Tests may have taken permissions away.
    try? FileManager.default.setAttributes([.posixPermissions: 0o755], ofItemAtPath: url.path)
    try? FileManager.default.removeItem(at: url)
  }

  /// Writes a file and returns where it is.
  package func file(_ name: String, _ contents: Data = Data()) throws -> URL {
    let file = url.appendingPathComponent(name)
    // Another file where there was one: what a test still has open stays as it is.
    try contents.write(to: file, options: .atomic)
    return file
  }

  /// Writes a file and returns its path.
  package func write(_ contents: [UInt8], to name: String) throws -> String {
    try file(name, Data(contents)).path
  }

  package func path(_ name: String) -> String { url.appendingPathComponent(name).path }

  /// The names of everything in the directory, sorted.
  package var entries: [String] {
    get throws { try FileManager.default.contentsOfDirectory(atPath: url.path).sorted() }
  }
}
