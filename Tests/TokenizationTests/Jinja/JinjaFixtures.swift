import Foundation
import Templates
import Testing

import Tokenization

/// Files for tests of templates.
enum JinjaFixtures {
  /// The time that the reference is told as well.
  static let clock = JinjaClock(date: Date(timeIntervalSince1970: 1_700_000_000), timeZone: .gmt)

  static let tests = URL(filePath: #filePath).deletingLastPathComponent().deletingLastPathComponent()
  /// Templates of published models, which lie beside the project where they are at hand.
  static let templateFolder = tests.appending(path: "../../../shared/data/chat-templates").standardized
  static let hasTemplates = FileManager.default.fileExists(atPath: templateFolder.path)

  static let interpreter = ProcessInfo.processInfo.environment["BITNET_PYTHON"].flatMap { $0.isEmpty ? nil : $0 }
  static let reference = tests.appending(path: "Python/jinja_reference.py")

  static func json(_ name: String) throws -> JinjaDictionary {
    guard
      case .dictionary(let document) = try JinjaValue(json: Data(contentsOf: tests.appending(path: "Fixtures/\(name)")))
    else { throw CocoaError(.fileReadCorruptFile) }
    return document
  }

  static func templates() throws -> [(name: String, source: String)] {
    try FileManager.default.contentsOfDirectory(at: templateFolder, includingPropertiesForKeys: nil)
      .filter { $0.pathExtension == "jinja" }.sorted { $0.path < $1.path }
      .map { ($0.lastPathComponent, try String(contentsOf: $0, encoding: .utf8)) }
  }

  static func conversations() throws -> [(name: String, variables: JinjaDictionary)] {
    try json("conversations.json").entries.map { entry in
      guard case .dictionary(let variables) = entry.value else { throw CocoaError(.fileReadCorruptFile) }
      return (entry.key, variables)
    }
  }

  enum Outcome: Equatable {
    case text(String)
    /// The template's own text.
    case raised(String)
    case error

    init(_ source: String, _ variables: JinjaDictionary) throws {
      do {
        self = .text(try JinjaTemplate(source).render(variables, clock: JinjaFixtures.clock))
      } catch let error as JinjaError {
        self = error.kind == .raised ? .raised(error.message) : .error
      }
    }

    static func == (left: Outcome, right: Outcome) -> Bool {
      switch (left, right) {
      case (.text(let left), .text(let right)), (.raised(let left), .raised(let right)):
        left.utf8.elementsEqual(right.utf8)
      case (.error, .error): true
      default: false
      }
    }
  }
}

extension JinjaDictionary {
  func text(_ key: String) -> String? {
    guard case .string(let text)? = self[key] else { return nil }
    return text
  }
}
