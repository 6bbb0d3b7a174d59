import Architectures

/// A condition between keys. It is checked only where every key it reads holds a right value.
struct RecipeRule: Sendable {
  /// The keys it looks at, the one most likely at fault first.
  let reads: [String]
  let violation: @Sendable (Recipe, RecipeReader) -> RecipeViolation?
}

struct RecipeViolation {
  enum Mend {
    case set(String, String)
    case remove(String)
  }

  let message: String
  let expected: String
  var mend: Mend?
}

extension RecipeRule {
  func check(_ recipe: Recipe, _ reader: inout RecipeReader) {
    guard reads.allSatisfy(reader.isSound), let violation = violation(recipe, reader) else { return }
    let position = blame(reader)
    reader.add(
      violation.message, at: position, expected: violation.expected,
      suggestion: violation.mend.map { suggestion($0, at: position, reader) })
  }

  /// The override given last, else the first key that the file holds.
  private func blame(_ reader: RecipeReader) -> RecipePosition {
    let positions = reads.filter(reader.isGiven).compactMap { reader.node(at: $0)?.position }
    let overrides = positions.filter { if case .commandLine = $0 { true } else { false } }
    return overrides.max() ?? positions.first ?? .file(line: 1, column: 1)
  }

  private func suggestion(_ mend: RecipeViolation.Mend, at position: RecipePosition, _ reader: RecipeReader) -> String {
    switch (mend, position) {
    case (.set(let path, let value), _): reader.assignment(value, to: path, at: position)
    case (.remove(let path), .commandLine): "`\(path)=null` as well"
    case (.remove(let path), .file): "removing `\(path)`"
    }
  }
}

/// The rules, one small function each.
enum RecipeRules {
  static let all: [RecipeRule] = model + numerics + quantization + data + schedule + fineTuning

  static func check(_ recipe: Recipe, _ reader: inout RecipeReader) {
    for rule in all { rule.check(recipe, &reader) }
  }
}

extension Recipe {
  /// The shape of a new model; nil when the recipe starts from a checkpoint.
  package var newModel: Architecture? {
    guard case .configuration(let configuration) = model else { return nil }
    return configuration
  }
}

extension RecipeSchema {
  /// The keys that rules look at.
  package static var pathsOfRules: Set<String> { Set(RecipeRules.all.flatMap(\.reads)) }
}
