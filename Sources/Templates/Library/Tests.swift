extension Jinja {
  typealias Test = @Sendable (Value, Arguments, Interpreter) throws -> Bool

  /// What stands behind `is`.
  static let tests: [String: Test] = typeTests.merging(comparisonTests) { $1 }.merging(textTests) { $1 }

  private static let typeTests: [String: Test] = [
    "defined": { value, _, _ in !value.isUndefined },
    "undefined": { value, _, _ in value.isUndefined },
    "none": { value, _, _ in value.isNone },
    "boolean": { value, _, _ in if case .boolean = value { true } else { false } },
    "true": { value, _, _ in if case .boolean(true) = value { true } else { false } },
    "false": { value, _, _ in if case .boolean(false) = value { true } else { false } },
    "integer": { value, _, _ in if case .integer = value { true } else { false } },
    "float": { value, _, _ in if case .float = value { true } else { false } },
    "number": { value, _, _ in value.number != nil },
    "string": { value, _, _ in if case .text = value { true } else { false } },
    "mapping": { value, _, _ in if case .dictionary = value { true } else { false } },
    "iterable": { value, _, _ in
      switch value {
      case .none, .boolean, .integer, .float: false
      case .object(let object): object is Elements
      default: true
      }
    },
    "sequence": { value, _, _ in
      switch value {
      // Nothing has a length and takes an index, and so passes for a sequence in jinja2.
      case .text, .list, .tuple, .dictionary, .range, .undefined: true
      default: false
      }
    },
    "callable": { value, _, _ in
      switch value {
      case .object(let object): object.isCallable
      case .undefined: true
      default: false
      }
    },
    "filter": { value, _, interpreter in
      let name = try interpreter.text(of: value).string
      return filters[name] != nil || missingFilters.contains(name)
    },
    "test": { value, _, interpreter in tests[try interpreter.text(of: value).string] != nil },
    "escaped": { value, _, _ in if case .text(let text) = value { text.isMarkup } else { false } },
  ]

  private static let comparisonTests: [String: Test] = {
    var result: [String: Test] = [:]
    let names: [Comparison: [String]] = [
      .equal: ["==", "eq", "equalto"], .notEqual: ["!=", "ne"], .less: ["<", "lt", "lessthan"],
      .lessOrEqual: ["<=", "le"], .greater: [">", "gt", "greaterthan"], .greaterOrEqual: [">=", "ge"], .isIn: ["in"],
    ]
    for (comparison, names) in names {
      for name in names {
        result[name] = { value, arguments, interpreter in
          try interpreter.compare(comparison, value, arguments.bound(name, "other", required: 1)[0] ?? .none)
        }
      }
    }
    result["sameas"] = { value, arguments, interpreter in
      let other = try arguments.bound("sameas", "other", required: 1)[0] ?? .none
      switch (value, other) {
      case (.none, .none): return true
      case (.boolean(let left), .boolean(let right)): return left == right
      case (.object(let left), .object(let right)): return left === right
      case _ where value.typeName != other.typeName: return false
      default: throw JinjaError(.unsupported, "'is sameas' is supported for true, false, none and objects only")
      }
    }
    return result
  }()

  private static let textTests: [String: Test] = [
    "lower": { value, _, interpreter in try interpreter.text(of: value).isLower },
    "upper": { value, _, interpreter in try interpreter.text(of: value).isUpper },
    "odd": { value, _, interpreter in try remainder(value, 2, interpreter) == 1 },
    "even": { value, _, interpreter in try remainder(value, 2, interpreter) == 0 },
    "divisibleby": { value, arguments, interpreter in
      let divisor = try arguments.bound("divisibleby", "num", required: 1)[0] ?? .none
      let remainder = try interpreter.combine(.modulo, value, divisor)
      return try interpreter.areEqual(remainder, .integer(0))
    },
  ]

  private static func remainder(_ value: Value, _ divisor: Int, _ interpreter: Interpreter) throws -> Double {
    let remainder = try interpreter.combine(.modulo, value, .integer(divisor))
    guard let number = remainder.number else {
      throw JinjaError(.type, "not a number: \(value.typeName)")
    }
    return number
  }
}
