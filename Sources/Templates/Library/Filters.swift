extension Jinja {
  typealias Filter = @Sendable (Value, Arguments, Interpreter) throws -> Value

  static let filters: [String: Filter] = textFilters.merging(sequenceFilters) { $1 }
    .merging(selectionFilters) { $1 }.merging(numberFilters) { $1 }.merging(valueFilters) { $1 }

  /// Filters of jinja2 that are not implemented.
  static let missingFilters: Set<String> = [
    "filesizeformat", "pprint", "random", "striptags", "urlencode", "urlize", "wordwrap", "xmlattr",
  ]

  /// Filters for values of every kind.
  private static let valueFilters: [String: Filter] = [
    "default": defaulted, "d": defaulted,
    "string": { value, _, interpreter in .text(try interpreter.text(of: value)) },
    "safe": { value, _, interpreter in
      .text(Text(try interpreter.text(of: value).bytes, isMarkup: true))
    },
    "escape": { value, _, interpreter in .text(try interpreter.text(of: value).escaped) },
    "e": { value, _, interpreter in .text(try interpreter.text(of: value).escaped) },
    "forceescape": { value, _, interpreter in .text(Text(try interpreter.text(of: value).bytes).escaped) },
    "tojson": { value, arguments, interpreter in try interpreter.json(value, arguments) },
    "attr": { value, arguments, interpreter in
      let name = try interpreter.text(of: arguments.bound("attr", "name", required: 1)[0] ?? .none)
      if case .dictionary(let dictionary) = value, dictionary[.text(name)] != nil,
        textMethods[name.string] == nil
      {
        return .undefined("'dict object' has no attribute '\(name.string)'")
      }
      return try interpreter.attribute(name, of: value)
    },
  ]

  private static let defaulted: Filter = { value, arguments, _ in
    let bound = try arguments.bound("default", "default_value", "boolean")
    let isMissing = value.isUndefined || bound[1]?.isTrue == true && !value.isTrue
    return isMissing ? bound[0] ?? .text("") : value
  }
}
