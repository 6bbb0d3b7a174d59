import FileFormats
import Foundation

/// A filter of patterns that a file lists.
///
/// A line of the file is `refuse PATTERN` or `replace PATTERN`; what is replaced becomes `[removed]`. Empty lines and lines that
/// begin with # say nothing. Of findings, the first counts; of those that begin at the same place, the longest; of equal ones,
/// a refusal. Patterns are bounded (see below), so that an answer can be filtered while it is written.
public struct PatternFilter: ContentFilter {
  /// The most characters of a finding.
  public static let longestPattern = 256
  static let replacement = "[removed]"
  /// Steps of all patterns together: what a character may cost.
  private static let mostSteps = 10_000

  private let program: PatternProgram
  private let actions: [ContentAction]
  public let longestFinding: Int

  /// - Throws: `FileError`, `PatternFileError`.
  public init(file: String) throws {
    let text = try MappedFile(URL(fileURLWithPath: file), allowsEmpty: true).withBytes {
      String(decoding: $0, as: UTF8.self)
    }
    try self.init(text: text, file: file)
  }

  package init(text: String, file: String) throws {
    var rules: [(action: ContentAction, pattern: TextPattern)] = []
    var steps = 0
    for (index, line) in text.split(omittingEmptySubsequences: false, whereSeparator: \.isNewline).enumerated() {
      let line = line.trimmingCharacters(in: .whitespaces)
      if line.isEmpty || line.hasPrefix("#") { continue }
      do {
        let rule = try Self.rule(line)
        steps += rule.pattern.size
        guard steps <= Self.mostSteps else { throw Problem(text: "the patterns up to here are too many and too long") }
        rules.append(rule)
      } catch let problem as Problem {
        throw PatternFileError(file: file, line: index + 1, problem: problem.text)
      }
    }
    guard !rules.isEmpty else {
      throw PatternFileError(file: file, line: 1, problem: "there is no pattern, expected one or more")
    }
    // Of equal findings the first counts.
    rules = rules.filter { $0.action == .refuse } + rules.filter { $0.action != .refuse }
    actions = rules.map(\.action)
    program = PatternProgram(rules.map(\.pattern))
    longestFinding = rules.map(\.pattern.longest).max() ?? 0
  }

  private struct Problem: Error { let text: String }

  private static func rule(_ line: String) throws -> (action: ContentAction, pattern: TextPattern) {
    let words = line.split(maxSplits: 1) { $0 == " " || $0 == "\t" }
    let actions: [Substring: ContentAction] = ["refuse": .refuse, "replace": .replace(with: replacement)]
    guard words.count == 2, let action = actions[words[0]] else {
      throw Problem(text: "expected `refuse PATTERN` or `replace PATTERN`")
    }
    let text = words[1].trimmingCharacters(in: .whitespaces)
    let pattern: TextPattern
    do { pattern = try TextPatternParser.parse(text) } catch let problem as TextPatternProblem {
      throw Problem(text: "character \(problem.column) of the pattern: \(problem.text)")
    }
    guard pattern.shortest > 0 else {
      throw Problem(text: "the pattern is found where there is nothing, expected one of a character or more")
    }
    guard pattern.longest <= longestPattern else {
      throw Problem(
        text:
          "the pattern may be longer than \(longestPattern) characters, and so many are held back of an answer at most; "
          + "make its repetitions fewer")
    }
    guard pattern.size <= mostSteps else {
      throw Problem(text: "the pattern has too many repetitions within each other")
    }
    return (action, pattern)
  }

  public func firstFinding(in text: [Unicode.Scalar], from start: Int, before end: Int) -> ContentFinding? {
    program.firstMatch(in: text, from: start, before: end).map { ContentFinding($0.range, actions[$0.pattern]) }
  }
}

/// What is wrong with a file of patterns.
public struct PatternFileError: Error, Equatable, Sendable, CustomStringConvertible {
  public let file: String
  public let line: Int
  public let problem: String

  public var description: String { "\(file):\(line): \(problem)." }
}
