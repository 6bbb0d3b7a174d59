import Templates
import Tokenization

extension RecipeKey<JinjaDictionary> {
  /// A mapping of names to scalars and lists, in the order of the names.
  static func templateVariables(_ path: String) -> RecipeKey {
    let own = ChatTemplate.ownVariables.joined(separator: ", ")
    return RecipeKey(
      path: path, expected: "a mapping of names to scalars or lists of them, without \(own), which rendering sets",
      example: "{enable_thinking: false}", parse: parse, format: YAMLText.mapping)
  }

  @Sendable private static func parse(_ node: RecipeNode) -> JinjaDictionary? {
    guard case .mapping(let entries) = node.content, Set(entries.map(\.key)).count == entries.count else { return nil }
    var result = JinjaDictionary()
    for entry in entries.sorted(by: { $0.key < $1.key }) {
      guard entry.key.wholeMatch(of: /[A-Za-z_][A-Za-z0-9_]*/) != nil, !ChatTemplate.ownVariables.contains(entry.key),
        let value = value(entry.value)
      else { return nil }
      result[entry.key] = value
    }
    return result
  }

  private static func value(_ node: RecipeNode) -> JinjaValue? {
    switch node.content {
    case .mapping: return nil
    case .sequence(let nodes):
      let elements = nodes.compactMap(value)
      return elements.count == nodes.count ? .list(elements) : nil
    case .scalar(let text, let isQuoted):
      if node.isNull { return JinjaValue.none }
      if let flag = node.boolean { return .boolean(flag) }
      // 2.0 is a fraction for a template, which writes it so.
      if !isQuoted, let number = Int(text) { return .integer(number) }
      return node.number.map(JinjaValue.float) ?? .string(text)
    }
  }
}

extension YAMLText {
  /// In one line, with the keys in their order.
  static func mapping(_ dictionary: JinjaDictionary) -> String {
    "{\(dictionary.entries.map { "\(string($0.key)): \(value($0.value))" }.joined(separator: ", "))}"
  }

  private static func value(_ value: JinjaValue) -> String {
    switch value {
    case .none: "null"
    case .boolean(let flag): "\(flag)"
    case .integer(let number): "\(number)"
    case .float(let number): YAMLText.number(number)
    case .string(let text): quoted(text)
    case .list(let elements): "[\(elements.map(YAMLText.value).joined(separator: ", "))]"
    case .dictionary(let dictionary): mapping(dictionary)
    }
  }
}
