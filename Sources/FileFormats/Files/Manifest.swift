import Foundation

/// The sizes and SHA-256 hashes of the files of a folder: proof that a checkpoint is complete and unchanged.
package struct Manifest: Codable, Equatable, Sendable {
  package static let fileName = "MANIFEST.json"

  package struct Entry: Codable, Equatable, Sendable {
    package var size: Int
    /// Lower-case hexadecimal.
    package var sha256: String

    package init(size: Int, sha256: String) {
      self.size = size
      self.sha256 = sha256
    }
  }

  /// By path relative to the folder, with `/`.
  package var files: [String: Entry]

  /// Hashes every file below `folder` except manifests.
  /// - Throws: `FileError`.
  package init(describing folder: URL) throws {
    files = [:]
    try add(folder, prefix: "")
  }

  /// - Throws: `FileError`, `ManifestError`.
  package init(contentsOf url: URL) throws {
    let file = try MappedFile(url)
    do {
      self = try JSONDecoder().decode(Manifest.self, from: file.withBytes { Data($0) })
    } catch {
      throw ManifestError(path: url.path, problems: [.unreadable])
    }
    let outside = files.keys.filter { $0.hasPrefix("/") || $0.split(separator: "/").contains("..") }
    guard outside.isEmpty else {
      throw ManifestError(path: url.path, problems: outside.sorted().map { .outside(file: $0) })
    }
  }

  /// Indented JSON with sorted keys.
  package func serialized() throws -> Data {
    let encoder = JSONEncoder()
    encoder.outputFormatting = [.prettyPrinted, .sortedKeys, .withoutEscapingSlashes]
    return try encoder.encode(self) + Data("\n".utf8)
  }

  /// Compares the files of `folder` with this manifest. Files that it does not name may lie beside them.
  /// - Throws: `ManifestError` with every file that is missing, of another size or changed; `FileError`.
  package func verify(_ folder: URL) throws {
    let problems = try files.sorted { $0.key < $1.key }.compactMap { try problem(of: $0.key, in: folder) }
    guard problems.isEmpty else { throw ManifestError(path: folder.path, problems: problems) }
  }

  /// What is wrong with one of the files; nil where nothing is.
  /// - Throws: `FileError`.
  package func problem(of path: String, in folder: URL) throws -> ManifestError.Problem? {
    guard let expected = files[path] else { return nil }
    let found: Entry
    do {
      found = try Self.entry(folder.appendingPathComponent(path), onlyIfSize: expected.size)
    } catch FileError.notFound {
      return .missing(file: path)
    }
    if found.size != expected.size { return .wrongSize(file: path, expected: expected.size, found: found.size) }
    return found.sha256 == expected.sha256 ? nil : .changed(file: path)
  }

  /// The SHA-256 of a file in lower-case hexadecimal; reads it once, in pieces.
  package static func sha256(of url: URL) throws -> String {
    try SHA256.hexadecimal(of: url)
  }

  private mutating func add(_ folder: URL, prefix: String) throws {
    for url in try FileSystem.contents(of: folder) where url.lastPathComponent != Self.fileName {
      let path = prefix + url.lastPathComponent
      if FileSystem.isDirectory(url) {
        try add(url, prefix: path + "/")
      } else {
        files[path] = try Self.entry(url)
      }
    }
  }

  /// A file whose size is already wrong is not worth hashing.
  private static func entry(_ url: URL, onlyIfSize size: Int? = nil) throws -> Entry {
    let file = try MappedFile(url, allowsEmpty: true)
    let isWorthIt = size.map { $0 == file.bytes.count } ?? true
    return Entry(size: file.bytes.count, sha256: isWorthIt ? SHA256.hexadecimal(of: file) : "")
  }
}

/// In what a folder differs from its manifest.
package struct ManifestError: Error, Equatable, Sendable, CustomStringConvertible {
  package enum Problem: Equatable, Sendable, CustomStringConvertible {
    /// The manifest itself is not one.
    case unreadable
    case outside(file: String)
    case missing(file: String)
    case wrongSize(file: String, expected: Int, found: Int)
    case changed(file: String)

    package var description: String {
      switch self {
      case .unreadable: "not a manifest: expected {\"files\": {path: {\"size\", \"sha256\"}}}"
      case .outside(let file): "\(file) is named, but lies outside the folder"
      case .missing(let file): "\(file) is missing"
      case .wrongSize(let file, let expected, let found):
        "\(file) has \(found) bytes, \(expected) were written\(found < expected ? "; it is cut off" : "")"
      case .changed(let file): "\(file) has the right size, but not the contents that were written (SHA-256 differs)"
      }
    }
  }

  package let path: String
  package let problems: [Problem]

  package init(path: String, problems: [Problem]) {
    self.path = path
    self.problems = problems
  }

  package var description: String {
    let list = problems.map { "\n  - \($0)" }.joined()
    return "\(path): damaged:\(list)\nUse an older checkpoint, or copy this one again."
  }
}
