import Yams

/// Reads YAML text into a tree of `RecipeNode`s. Syntax errors are all that it reports.
struct RecipeParser {
  let file: String

  /// The tree of `yaml`; an empty file is an empty mapping.
  /// - Throws: `RecipeError` with the position of the first syntax error.
  func parse(_ yaml: String) throws -> RecipeNode {
    let root = try compose(yaml) { .file(line: $0?.line ?? 1, column: $0?.column ?? 1) }
    if let root, !root.isNull { return root }
    return RecipeNode(content: .mapping([]), position: .file(line: 1, column: 1))
  }

  /// The value of an override: a list, a mapping or quoted text in YAML, anything else as it stands. (A shell has
  /// taken the quotes of `"300000:"` away, which would then read as a mapping.)
  /// - Throws: `RecipeError` at `position`.
  func parseOverrideValue(_ text: String, position: RecipePosition) throws -> RecipeNode {
    let plain = RecipeNode(content: .scalar(text, isQuoted: false), position: position)
    guard let first = text.first, "[{\"'".contains(first) else { return plain }
    do {
      return try compose(text) { _ in position } ?? plain
    } catch let error as RecipeError {
      var problem = error.problems[0]
      problem.position = position
      throw RecipeError([problem])
    }
  }

  /// Yams refuses a mapping with a key given twice before anything else is known. Recipes report that beside all
  /// other problems, so the keys are made different for Yams and restored in the tree.
  private func compose(_ yaml: String, position: @escaping (Mark?) -> RecipePosition) throws -> RecipeNode? {
    do {
      do {
        return try Yams.compose(yaml: yaml).map { NodeConverter(position: position) { $0 }.convert($0) }
      } catch YamlError.duplicatedKeysInMapping {
        let disguised = try Yams.compose(yaml: DisguisedKeys.disguise(yaml))
        return disguised.map { NodeConverter(position: position, restore: DisguisedKeys.reveal).convert($0) }
      }
    } catch let error as YamlError {
      throw RecipeError([problem(of: error)])
    }
  }

  private func problem(of error: YamlError) -> RecipeProblem {
    func problem(_ message: String, at mark: Mark?, context: YamlError.Context?) -> RecipeProblem {
      let place = context.map { " (\($0.text) at line \($0.mark.line))" } ?? ""
      return RecipeProblem(
        file: file, position: .file(line: mark?.line ?? 1, column: mark?.column ?? 1),
        message: "not valid YAML: \(message)\(place)",
        suggestion: message.hasPrefix("mapping values are not allowed")
          ? "quotes around a value that holds a colon" : nil)
    }
    switch error {
    case .scanner(let context, let message, let mark, _), .parser(let context, let message, let mark, _),
      .composer(let context, let message, let mark, _):
      return problem(message, at: mark, context: context)
    case .duplicatedKeysInMapping(let keys, let context):
      let names = keys.map { "`\($0)`" }.joined(separator: ", ")
      return problem("\(names) given twice", at: context.mark, context: nil)
    case .reader(let message, _, _, _):
      return problem(message, at: nil, context: nil)
    default:
      return problem("\(error)", at: nil, context: nil)
    }
  }
}

/// Turns Yams' tree into ours.
private struct NodeConverter {
  let position: (Mark?) -> RecipePosition
  let restore: (String) -> String

  init(position: @escaping (Mark?) -> RecipePosition, restore: @escaping (String) -> String) {
    self.position = position
    self.restore = restore
  }

  func convert(_ node: Node) -> RecipeNode {
    switch node {
    case .scalar(let scalar):
      let isPlain = scalar.style == .plain || scalar.style == .any
      return RecipeNode(
        content: .scalar(restore(scalar.string), isQuoted: !isPlain), position: position(scalar.mark))
    case .sequence(let sequence):
      return RecipeNode(content: .sequence(sequence.map(convert)), position: position(sequence.mark))
    case .mapping(let mapping):
      let entries = mapping.map { key, value in
        RecipeNode.Entry(
          key: key.scalar.map { restore($0.string) } ?? "?", keyPosition: position(key.mark), value: convert(value))
      }
      return RecipeNode(content: .mapping(entries), position: position(mapping.mark))
    case .alias(let alias):
      // Yams.compose has put the anchored node in place of an alias; this one stands for itself.
      return RecipeNode(content: .scalar(alias.anchor.rawValue, isQuoted: true), position: position(alias.mark))
    }
  }
}
