extension Jinja {
  /// What Python's `getattr` finds on a value of a built-in type.
  enum Method: Sendable {
    typealias Body = @Sendable (Value, Arguments, Interpreter) throws -> Value
    case implemented(Body)
    /// The sandbox refuses it because it changes the value.
    case forbidden
    /// It exists in Python and not here.
    case missing
  }

  enum MethodTable: Hashable, Sendable {
    case text, list, tuple, dictionary, integer, float, range, view, other
  }

  static let methodNames: [MethodTable: [String: Method]] = [
    .text: textMethods, .dictionary: dictionaryMethods,
    .list: sequenceMethods.merging(
      table(forbidden: ["append", "clear", "extend", "insert", "pop", "remove", "reverse", "sort"])
    ) { $1 }.merging(table(missing: ["copy"])) { $1 },
    .tuple: sequenceMethods,
    .integer: table(missing: [
      "as_integer_ratio", "bit_count", "bit_length", "conjugate", "denominator", "from_bytes", "imag", "numerator",
      "real", "to_bytes",
    ]),
    .float: table(missing: ["as_integer_ratio", "conjugate", "fromhex", "hex", "imag", "real"]).merging([
      "is_integer": .implemented { value, _, _ in
        guard case .float(let number) = value else { return .none }
        return .boolean(number.isFinite && number == number.rounded())
      }
    ]) { $1 },
    .range: table(missing: ["count", "index", "start", "step", "stop"]),
    .view: table(missing: ["isdisjoint", "mapping"]),
  ]

  static func table(forbidden names: [String]) -> [String: Method] {
    Dictionary(uniqueKeysWithValues: names.map { ($0, Method.forbidden) })
  }

  static func table(missing names: [String]) -> [String: Method] {
    Dictionary(uniqueKeysWithValues: names.map { ($0, Method.missing) })
  }

  private static let sequenceMethods: [String: Method] = [
    "count": .implemented { value, arguments, interpreter in
      let sought = try arguments.bound("count", "value", required: 1)[0] ?? .none
      return .integer(try interpreter.elements(value).count { try interpreter.areEqual($0, sought) })
    },
    "index": .implemented { value, arguments, interpreter in
      let sought = try arguments.bound("index", "value", required: 1)[0] ?? .none
      guard let index = try interpreter.elements(value).firstIndex(where: { try interpreter.areEqual($0, sought) })
      else { throw JinjaError(.value, "\(try interpreter.text(of: sought).string) is not in \(value.typeName)") }
      return .integer(index)
    },
  ]

  private static let dictionaryMethods: [String: Method] = table(
    forbidden: ["clear", "pop", "popitem", "setdefault", "update"]
  ).merging([
    "get": .implemented { value, arguments, _ in
      guard case .dictionary(let dictionary) = value else { return .none }
      let bound = try arguments.bound("get", "key", "default", required: 1)
      return dictionary[try (bound[0] ?? .none).key()] ?? bound[1] ?? .none
    },
    "items": .implemented { value, _, _ in
      guard case .dictionary(let dictionary) = value else { return .none }
      return .object(
        try Elements(.items, zip(dictionary.keys, dictionary.values).map { try .tuple([$0, $1]) }))
    },
    "keys": .implemented { value, _, _ in
      guard case .dictionary(let dictionary) = value else { return .none }
      return .object(try Elements(.keys, dictionary.keys))
    },
    "values": .implemented { value, _, _ in
      guard case .dictionary(let dictionary) = value else { return .none }
      return .object(try Elements(.values, dictionary.values))
    },
    "copy": .implemented { value, _, _ in value },
    "fromkeys": .missing,
  ]) { $1 }
}

extension Jinja.Value {
  var methodTable: Jinja.MethodTable {
    switch self {
    case .text: .text
    case .list: .list
    case .tuple: .tuple
    case .dictionary: .dictionary
    case .integer, .boolean: .integer
    case .float: .float
    case .range: .range
    case .object(let object): (object as? Jinja.Elements)?.isView == true ? .view : .other
    case .none, .undefined: .other
    }
  }
}
