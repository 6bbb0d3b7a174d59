import FileFormats
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
    guard yaml.utf8.count <= RecipeLimits.bytes else {
      let size = "\(yaml.utf8.count) bytes are no recipe"
      throw RecipeError([problem(size, at: position(nil), expected: "at most \(RecipeLimits.bytes) bytes")])
    }
    guard RecipeLimits.explicitKeyCount(yaml) <= RecipeLimits.explicitKeys else {
      let message = "more than \(RecipeLimits.explicitKeys) keys written with a question mark"
      throw RecipeError([problem(message, at: position(nil), expected: "`key: value`")])
    }
    guard let aliases = DisguisedAliases(yaml) else {
      throw RecipeError([problem("more private characters of Unicode than a recipe has", at: position(nil))])
    }
    let reveal = { (text: String) in aliases.reveal(DisguisedKeys.reveal(text)) }
    do {
      do {
        return try tree(aliases.text, RecipeNodeConverter(aliases, position: position, restore: aliases.reveal))
      } catch YamlError.duplicatedKeysInMapping {
        let disguised = DisguisedKeys.disguise(aliases.text)
        return try tree(disguised, RecipeNodeConverter(aliases, position: position, restore: reveal))
      }
    } catch let refusal as RecipeNodeConverter.Refusal {
      throw RecipeError([problem(refusal.message, at: refusal.position, expected: refusal.expected)])
    } catch let error as YamlError {
      throw RecipeError([problem(of: error, restore: reveal)])
    }
  }

  private func tree(_ yaml: String, _ converter: RecipeNodeConverter) throws -> RecipeNode? {
    // What a plain scalar means is read from its text here; Yams would try a dozen expressions on each.
    let parser = try Yams.Parser(yaml: yaml, resolver: .basic)
    var converter = converter
    // Nodes know their anchors only as long as the parser lives.
    return try withExtendedLifetime(parser) { try parser.singleRoot().map { try converter.convert($0) } }
  }

  private func problem(_ message: String, at position: RecipePosition, expected: String? = nil) -> RecipeProblem {
    RecipeProblem(file: file, position: position, message: message, expected: expected, suggestion: nil)
  }

  private func problem(of error: YamlError, restore: (String) -> String) -> RecipeProblem {
    func problem(_ message: String, at mark: Mark?, context: YamlError.Context?) -> RecipeProblem {
      let place = context.map { " (\($0.text) at line \($0.mark.line))" } ?? ""
      return RecipeProblem(
        file: file, position: .file(line: mark?.line ?? 1, column: mark?.column ?? 1),
        message: "not valid YAML: \(message)\(place)",
        suggestion: message.hasPrefix("mapping values are not allowed")
          ? "quotes around a value that holds a colon" : nil)
    }
    switch error {
    case .parser(_, let message, let mark, _) where message.hasPrefix("Maximum nesting level"):
      let refusal = RecipeNodeConverter.Refusal.tooDeep(.file(line: mark.line, column: mark.column))
      return self.problem(refusal.message, at: refusal.position, expected: refusal.expected)
    case .scanner(let context, let message, let mark, _), .parser(let context, let message, let mark, _),
      .composer(let context, let message, let mark, _):
      return problem(message, at: mark, context: context)
    case .duplicatedKeysInMapping(let keys, let context):
      let names = keys.prefix(3).map { "`\(restore($0).printable())`" }.joined(separator: ", ")
      let more = keys.count > 3 ? " and \(keys.count - 3) more" : ""
      return problem("\(names)\(more) given twice", at: context.mark, context: nil)
    case .reader(let message, _, _, _):
      return problem(message, at: nil, context: nil)
    default:
      return problem("\(error)", at: nil, context: nil)
    }
  }
}
