import Foundation

extension Jinja {
  static let numberFilters: [String: Filter] = [
    "abs": { value, _, _ in
      if case .undefined(let undefined) = value { throw undefined.error }
      if let number = value.wholeNumber {
        guard number != .min else { throw JinjaError(.unsupported, "abs(\(number)) does not fit into 64 bits") }
        return .integer(abs(number))
      }
      guard let number = value.number else {
        throw JinjaError(.type, "bad operand type for abs(): '\(value.typeName)'")
      }
      return .float(abs(number))
    },
    "int": { value, arguments, interpreter in
      let bound = try arguments.bound("int", "default", "base")
      let base = try interpreter.wholeNumber(bound[1]) ?? 10
      return try wholeNumber(value, base: base) ?? bound[0] ?? .integer(0)
    },
    "float": { value, arguments, _ in
      let bound = try arguments.bound("float", "default")
      if case .undefined(let undefined) = value { throw undefined.error }
      if let number = value.number { return .float(number) }
      if case .text(let text) = value, let number = number(text) { return .float(number) }
      return bound[0] ?? .float(0)
    },
    "round": { value, arguments, interpreter in
      let bound = try arguments.bound("round", "precision", "method")
      let precision = try interpreter.wholeNumber(bound[0]) ?? 0
      let method = try bound[1].map { try interpreter.text(of: $0).string } ?? "common"
      return try rounded(value, precision, method)
    },
    "sum": { value, arguments, interpreter in
      let bound = try arguments.bound("sum", "attribute", "start")
      return try interpreter.elements(value).reduce(bound[1] ?? .integer(0)) { total, element in
        try interpreter.combine(.add, total, interpreter.attributePath(bound[0], of: element))
      }
    },
  ]

  /// As Python's `int` reads it, or as `float` does and then cut off.
  private static func wholeNumber(_ value: Value, base: Int) throws -> Value? {
    if case .undefined(let undefined) = value { throw undefined.error }
    if let number = value.wholeNumber { return .integer(number) }
    var number = value.number
    if case .text(let text) = value {
      let digits = trimmed(text).filter { $0 != "_" }
      if (2...36).contains(base), let whole = Int(digits, radix: base) { return .integer(whole) }
      if base == 0 || [2, 8, 16].contains(base) {
        let prefixes = ["0x": 16, "0o": 8, "0b": 2]
        if let radix = prefixes[digits.prefix(2).lowercased()], base == 0 || base == radix,
          let whole = Int(digits.dropFirst(2), radix: radix)
        {
          return .integer(whole)
        }
      }
      number = self.number(text)
    }
    guard let number, number.isFinite else { return nil }
    guard let whole = Int(exactly: number.rounded(.towardZero)) else {
      throw JinjaError(.unsupported, "the number \(number) does not fit into 64 bits")
    }
    return .integer(whole)
  }

  private static func trimmed(_ text: Text) -> String {
    var scalars = text.scalars[...].drop(while: \.isPythonSpace)
    while scalars.last?.isPythonSpace == true { scalars.removeLast() }
    return Text(scalars).string
  }

  private static func number(_ text: Text) -> Double? {
    let digits = trimmed(text).filter { $0 != "_" }
    let allowed = "+-.0123456789eEinfatyINFATY"
    guard digits.allSatisfy({ allowed.contains($0) }), !digits.contains("(") else { return nil }
    return Double(digits)
  }

  private static func rounded(_ value: Value, _ precision: Int, _ method: String) throws -> Value {
    if case .undefined(let undefined) = value { throw undefined.error }
    guard ["common", "ceil", "floor"].contains(method) else {
      throw JinjaError(.value, "method must be common, ceil or floor")
    }
    guard let number = value.number else {
      throw JinjaError(.type, "type \(value.typeName) doesn't define __round__ method")
    }
    guard method == "common" else {
      let factor = pow(10, Double(precision))
      let scaled = number * factor
      return .float((method == "ceil" ? scaled.rounded(.up) : scaled.rounded(.down)) / factor)
    }
    if let whole = value.wholeNumber {
      if precision >= 0 { return .integer(whole) }
      throw JinjaError(.unsupported, "rounding whole numbers to tens is not supported")
    }
    guard number.isFinite, precision < 300 else { return value }
    guard precision >= 0 else {
      let factor = pow(10, Double(-precision))
      return .float((number / factor).rounded(.toNearestOrEven) * factor)
    }
    return .float(Double(String(format: "%.\(precision)f", number)) ?? number)
  }
}
