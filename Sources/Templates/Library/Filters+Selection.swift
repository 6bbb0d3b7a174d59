extension Jinja {
  static let selectionFilters: [String: Filter] = [
    "map": mapped,
    "select": selecting(byAttribute: false, keeping: true), "reject": selecting(byAttribute: false, keeping: false),
    "selectattr": selecting(byAttribute: true, keeping: true),
    "rejectattr": selecting(byAttribute: true, keeping: false),
  ]

  private static let mapped: Filter = { value, arguments, interpreter in
    let elements = try interpreter.elementsIfTrue(value)
    if arguments.positional.isEmpty, let attribute = arguments.keyword("attribute") {
      let known: Set<Text> = ["attribute", "default"]
      if let unknown = arguments.keywords.first(where: { !known.contains($0.name) }) {
        throw JinjaError(.type, "Unexpected keyword argument '\(unknown.name.string)'")
      }
      let fallback = arguments.keyword("default")
      return .object(
        try Elements(
          .generator, elements.map { try interpreter.attributePath(attribute, of: $0, default: fallback) }))
    }
    guard let name = arguments.positional.first else {
      throw JinjaError(.type, "map requires a filter argument")
    }
    var rest = arguments
    rest.positional.removeFirst()
    let filter = try interpreter.text(of: name).string
    return .object(
      try Elements(
        .generator, elements.map { element in try interpreter.nested { try interpreter.filter(element, filter, rest) } }
      )
    )
  }

  private static func selecting(byAttribute: Bool, keeping: Bool) -> Filter {
    { value, arguments, interpreter in
      var rest = arguments
      var attribute: Value?
      if byAttribute {
        guard !rest.positional.isEmpty else { throw JinjaError(.type, "Missing parameter for attribute name") }
        attribute = rest.positional.removeFirst()
      }
      var test: String?
      if !rest.positional.isEmpty { test = try interpreter.text(of: rest.positional.removeFirst()).string }
      let elements = try interpreter.elementsIfTrue(value).filter { element in
        let subject = try interpreter.attributePath(attribute, of: element)
        let isMatch = try test.map { try interpreter.test(subject, $0, rest) } ?? subject.isTrue
        return isMatch == keeping
      }
      return .object(try Elements(.generator, elements))
    }
  }
}

extension Jinja.Interpreter {
  /// These filters take whatever counts as false for an empty list.
  fileprivate func elementsIfTrue(_ value: Value) throws -> [Value] { value.isTrue ? try elements(value) : [] }
}
