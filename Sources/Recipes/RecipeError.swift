import FileFormats
import Kernels

/// Where in a recipe, or in the overrides given with it, a problem lies.
public enum RecipePosition: Equatable, Sendable {
  /// Both count from 1; columns count Unicode scalars.
  case file(line: Int, column: Int)
  /// The text of an override and its place among the overrides.
  case commandLine(text: String, index: Int)
}

extension RecipePosition: Comparable {
  /// The file comes first, from top to bottom; overrides follow in the order given.
  public static func < (left: RecipePosition, right: RecipePosition) -> Bool {
    switch (left, right) {
    case (.file(let leftLine, let leftColumn), .file(let rightLine, let rightColumn)):
      (leftLine, leftColumn) < (rightLine, rightColumn)
    case (.file, .commandLine): true
    case (.commandLine, .file): false
    case (.commandLine(_, let leftIndex), .commandLine(_, let rightIndex)): leftIndex < rightIndex
    }
  }
}

/// One thing that is wrong with a recipe.
public struct RecipeProblem: Equatable, Sendable, CustomStringConvertible {
  /// The recipe as the user named it.
  public var file: String
  public var position: RecipePosition
  /// What is wrong.
  public var message: String
  /// What would have been right, e.g. "an integer of at least 1".
  public var expected: String?
  /// A repair, e.g. "`batch_size: 16`".
  public var suggestion: String?

  /// `file:line:column: what; expected …; try …`
  public var description: String {
    var text = "\(location): \(message)"
    if let expected { text += "; expected \(expected)" }
    if let suggestion { text += "; try \(suggestion)" }
    return text
  }

  private var location: String {
    switch position {
    case .file(let line, let column): "\(file):\(line):\(column)"
    case .commandLine(let text, _): "command line: \(text.printable(limit: 200))"
    }
  }
}

/// Everything that is wrong with a recipe, sorted by position. Nothing was started.
public struct RecipeError: Error, Equatable, Sendable, CustomStringConvertible {
  public let problems: [RecipeProblem]
  /// Enough for a recipe with everything wrong; of a file that is none, the rest helps nobody.
  private static let mostLines = 100

  init(_ problems: [RecipeProblem]) {
    require(!problems.isEmpty, "a RecipeError needs a problem")
    // `sort` is not documented to be stable; problems at one position stay in the order they were found.
    self.problems = problems.enumerated()
      .sorted { ($0.element.position, $0.offset) < ($1.element.position, $1.offset) }
      .map(\.element)
  }

  public var description: String {
    let lines = problems.prefix(Self.mostLines).map(\.description).joined(separator: "\n")
    guard problems.count > 1 else { return lines }
    let rest = problems.count > Self.mostLines ? "\n… and \(problems.count - Self.mostLines) more" : ""
    return "\(problems.count) problems in \(problems[0].file)\n\(lines)\(rest)"
  }
}
