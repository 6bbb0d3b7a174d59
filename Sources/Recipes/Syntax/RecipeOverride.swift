/// A change to a recipe given on the command line: `key.path=value`.
struct RecipeOverride {
  let path: String
  let value: RecipeNode
  let position: RecipePosition

  /// - Parameter text: everything after the first `=` is the value.
  /// - Throws: `RecipeError` when `text` is not of that form, or the value is neither a scalar nor valid YAML.
  init(_ text: String, index: Int, parser: RecipeParser) throws {
    position = .commandLine(text: text, index: index)
    guard let equals = text.firstIndex(of: "="), equals > text.startIndex else {
      throw RecipeError([
        RecipeProblem(
          file: parser.file, position: position, message: "not an override", expected: "key.path=value",
          suggestion: "`max_steps=200`")
      ])
    }
    path = String(text[..<equals])
    value = try parser.parseOverrideValue(String(text[text.index(after: equals)...]), position: position)
  }
}

extension RecipeNode {
  /// Puts `change.value` at `change.path`, making the mappings on the way. A mapping in the way that is none is left
  /// as it is: its own error tells more.
  mutating func apply(_ change: RecipeOverride) {
    set(change.value, at: change.path.split(separator: ".", omittingEmptySubsequences: false).map(String.init))
  }

  private mutating func set(_ value: RecipeNode, at keys: [String]) {
    if isNull { content = .mapping([]) }
    guard case .mapping(var entries) = content, let key = keys.first else { return }
    let place = entries.firstIndex { $0.key == key }
    var child =
      place.map { entries[$0].value } ?? RecipeNode(content: .mapping([]), position: value.position)
    if keys.count == 1 {
      child = value
    } else {
      child.set(value, at: Array(keys.dropFirst()))
    }
    let keyPosition = keys.count == 1 ? value.position : place.map { entries[$0].keyPosition } ?? value.position
    let entry = Entry(key: key, keyPosition: keyPosition, value: child)
    if let place { entries[place] = entry } else { entries.append(entry) }
    content = .mapping(entries)
  }
}
