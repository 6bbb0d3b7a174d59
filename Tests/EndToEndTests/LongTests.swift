import Foundation

/// What the tests that take minutes need.
enum LongTests {
  /// `make test-long`.
  static let areWanted = ProcessInfo.processInfo.environment["BITNET_LONG_TESTS"] != nil

  /// The first 3,000,000 bytes of enwik8.
  static let corpus: URL? = {
    let given = ProcessInfo.processInfo.environment["BITNET_TEST_CORPUS"].map { URL(filePath: $0) }
    let beside = CommandLineTool.root.deletingLastPathComponent()
      .appending(path: "shared/data/enwik8-first-3000000-bytes")
    return [given, beside].compactMap { $0 }.first { FileManager.default.fileExists(atPath: $0.path) }
  }()

  static let note: String =
    "set BITNET_LONG_TESTS=1, and BITNET_TEST_CORPUS to a file of the first 3,000,000 bytes of enwik8"
}
