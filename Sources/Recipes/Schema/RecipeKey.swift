import Datasets

/// One key of a recipe: its place, what it may hold, and how that is read and written.
struct RecipeKey<Value: Sendable>: Sendable {
  /// Dotted from the top of the recipe, e.g. `optimizer.lr`.
  let path: String
  /// What it may hold, for error messages: "an integer of at least 1".
  let expected: String
  /// A value that is right, in YAML.
  let example: String
  /// The words it may be, when it is one of a few.
  var choices: [String] = []
  /// nil when the value is of the wrong type or out of range.
  let parse: @Sendable (RecipeNode) -> Value?
  /// The value in YAML; read back it gives the same value.
  let format: @Sendable (Value) -> String
}

extension RecipeKey where Value: FixedWidthInteger {
  static func integer(_ path: String, in range: ClosedRange<Value>, example: String) -> RecipeKey {
    let expected =
      range.upperBound == .max
      ? "an integer of at least \(range.lowerBound)"
      : "an integer from \(range.lowerBound) to \(range.upperBound)"
    return RecipeKey(
      path: path, expected: expected, example: example,
      parse: { $0.integer(as: Value.self).flatMap { range.contains($0) ? $0 : nil } },
      format: { "\($0)" })
  }
}

extension RecipeKey<Double> {
  static func number(
    _ path: String, _ expected: String, example: String, where isAllowed: @escaping @Sendable (Double) -> Bool
  ) -> RecipeKey {
    RecipeKey(
      path: path, expected: expected, example: example,
      parse: { $0.number.flatMap { isAllowed($0) ? $0 : nil } }, format: YAMLText.number)
  }

  static func positiveNumber(_ path: String, example: String) -> RecipeKey {
    number(path, "a number above 0", example: example) { $0 > 0 }
  }

  static func nonNegativeNumber(_ path: String, example: String) -> RecipeKey {
    number(path, "a number of at least 0", example: example) { $0 >= 0 }
  }
}

extension RecipeKey<Bool> {
  static func boolean(_ path: String, example: String) -> RecipeKey {
    RecipeKey(
      path: path, expected: "true or false", example: example, parse: \.boolean, format: { "\($0)" })
  }
}

extension RecipeKey<String> {
  /// Numbers and booleans are taken as the text they are written as.
  static func text(_ path: String, _ expected: String, example: String) -> RecipeKey {
    RecipeKey(
      path: path, expected: expected, example: example,
      parse: { $0.text.flatMap { $0.allSatisfy(\.isWhitespace) ? nil : $0 } }, format: YAMLText.string)
  }
}

extension RecipeKey<String> {
  /// A text that can be a path: the system reads it to its first zero, and people read it in messages.
  static func path(_ path: String, _ expected: String, example: String) -> RecipeKey {
    let text = text(path, expected, example: example)
    return RecipeKey(
      path: path, expected: expected, example: example,
      parse: { node in node.hasControlCharacters ? nil : text.parse(node) }, format: text.format)
  }
}

extension RecipeKey where Value: RawRepresentable & CaseIterable, Value.RawValue == String {
  /// - Parameter values: nil: all there are.
  static func choice(_ path: String, among values: [Value]? = nil, example: Value) -> RecipeKey {
    let choices = (values ?? Array(Value.allCases)).map(\.rawValue)
    return RecipeKey(
      path: path, expected: choices.count == 1 ? choices[0] : "one of \(choices.joined(separator: ", "))",
      example: example.rawValue, choices: choices,
      parse: { $0.text.flatMap { choices.contains($0) ? Value(rawValue: $0) : nil } },
      format: { YAMLText.string($0.rawValue) })
  }
}

extension RecipeKey where Value: Sendable {
  /// A list; `isAllowed` looks at the whole of it.
  static func list<Element>(
    _ path: String, _ expected: String, example: String, parseElement: @escaping @Sendable (RecipeNode) -> Element?,
    formatElement: @escaping @Sendable (Element) -> String, where isAllowed: @escaping @Sendable ([Element]) -> Bool
  ) -> RecipeKey where Value == [Element] {
    RecipeKey(
      path: path, expected: expected, example: example,
      parse: { node in
        guard case .sequence(let nodes) = node.content else { return nil }
        let elements = nodes.compactMap(parseElement)
        return elements.count == nodes.count && isAllowed(elements) ? elements : nil
      },
      format: { "[\($0.map(formatElement).joined(separator: ", "))]" })
  }
}

extension RecipeKey<ByteRange> {
  static func byteRange(_ path: String, example: String) -> RecipeKey {
    RecipeKey(
      path: path, expected: "a quoted range of bytes \"from:to\" with from < to, or \"from:\" to the end",
      example: example, parse: { $0.text.flatMap { ByteRange($0) } }, format: { YAMLText.quoted($0.description) })
  }
}
