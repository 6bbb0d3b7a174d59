import FileFormats
import Foundation

/// Who may ask, by the SHA-256 of secret keys: whoever reads the file has no key.
///
/// A line of the file is the hash in hexadecimal, a name and, where the key has limits of its own, the requests and the tokens
/// of a minute: `5e88…42d8 alice 60 20000`, `5e88…42d8 bob - 5000`. Empty lines and lines that begin with # say nothing.
public struct APIKeys: Sendable {
  public struct Entry: Equatable, Sendable {
    public let name: String
    /// nil: as everybody.
    public let requestsPerMinute: Int?
    /// The same of the tokens of prompts and answers.
    public let tokensPerMinute: Int?
    fileprivate let digest: [UInt8]
  }

  private let entries: [Entry]

  /// - Throws: `FileError`, `APIKeyFileError`.
  public init(file: String) throws {
    let url = URL(fileURLWithPath: file)
    let text = try MappedFile(url, allowsEmpty: true).withBytes { String(decoding: $0, as: UTF8.self) }
    try self.init(text: text, file: file)
  }

  package init(text: String, file: String) throws {
    var entries: [Entry] = []
    for (index, line) in text.split(omittingEmptySubsequences: false, whereSeparator: \.isNewline).enumerated() {
      let words = line.split { $0 == " " || $0 == "\t" || $0 == "\r" }
      guard let first = words.first, !first.hasPrefix("#") else { continue }
      do {
        let entry = try Entry(words)
        guard !entries.contains(where: { $0.name == entry.name }) else {
          throw APIKeyFileError.Problem(
            text: "the name \(entry.name.printable()) is there twice, expected one line for each")
        }
        entries.append(entry)
      } catch let problem as APIKeyFileError.Problem {
        throw APIKeyFileError(file: file, line: index + 1, problem: problem.text)
      }
    }
    guard !entries.isEmpty else {
      throw APIKeyFileError(file: file, line: 1, problem: "there is no key, expected one or more")
    }
    self.entries = entries
  }

  /// Takes the same time whether and wherever the key is found.
  public func entry(forKey key: String) -> Entry? {
    var hash = SHA256()
    hash.update(key)
    let digest = hash.finalize()
    var found: Entry?
    for entry in entries where entry.digest.isEqualInConstantTime(to: digest) { found = entry }
    return found
  }
}

extension APIKeys.Entry {
  fileprivate init(_ words: [Substring]) throws {
    guard (2...4).contains(words.count) else {
      throw APIKeyFileError.Problem(
        text: "there are \(words.count) words, expected a hash, a name and, at most, two numbers")
    }
    guard let digest = [UInt8](hexadecimal: words[0]), digest.count == 32 else {
      throw APIKeyFileError.Problem(
        text: "the first word is no SHA-256 of 64 hexadecimal digits (printf %s KEY | sha256sum)")
    }
    self.init(
      name: String(words[1]),
      requestsPerMinute: try Self.limit("requests", words.dropFirst(2).first, most: 1_000_000),
      tokensPerMinute: try Self.limit("tokens", words.dropFirst(3).first, most: 1_000_000_000), digest: digest)
  }

  /// - Parameter word: nil or `-`: no limit of its own.
  private static func limit(_ what: String, _ word: Substring?, most: Int) throws -> Int? {
    guard let word, word != "-" else { return nil }
    guard let limit = Int(word), (1...most).contains(limit) else {
      throw APIKeyFileError.Problem(
        text: "the \(what) of a minute are \"\(word.printable())\", expected a number from 1 to \(most), or -")
    }
    return limit
  }
}

/// What is wrong with a file of keys. Never quotes a hash or what may be a key.
public struct APIKeyFileError: Error, Equatable, Sendable, CustomStringConvertible {
  public let file: String
  public let line: Int
  public let problem: String

  public var description: String { "\(file):\(line): \(problem)." }

  fileprivate struct Problem: Error { let text: String }
}

extension [UInt8] {
  fileprivate func isEqualInConstantTime(to other: [UInt8]) -> Bool {
    count == other.count && zip(self, other).reduce(UInt8(0)) { $0 | ($1.0 ^ $1.1) } == 0
  }

  fileprivate init?(hexadecimal text: Substring) {
    let digits = text.compactMap(\.hexDigitValue)
    guard text.utf8.count == digits.count, digits.count.isMultiple(of: 2) else { return nil }
    self = stride(from: 0, to: digits.count, by: 2).map { UInt8(digits[$0] << 4 | digits[$0 + 1]) }
  }
}
