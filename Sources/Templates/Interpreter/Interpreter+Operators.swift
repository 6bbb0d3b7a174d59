import Foundation

extension Jinja.Interpreter {
  func combine(_ operation: Jinja.BinaryOperator, _ left: Value, _ right: Value) throws -> Value {
    for case .undefined(let undefined) in [left, right] { throw undefined.error }
    if let left = left.wholeNumber, let right = right.wholeNumber { return try combine(operation, left, right) }
    if let left = left.number, let right = right.number { return try combine(operation, left, right) }
    switch (operation, left, right) {
    case (.add, .text(let left), .text(let right)): return try checked(Self.joined(left, right))
    case (.add, .list(let left), .list(let right)): return try checked(left.elements + right.elements)
    case (.add, .tuple(let left), .tuple(let right)):
      try step(left.elements.count + right.elements.count)
      return try .tuple(left.elements + right.elements)
    case (.multiply, .text(let text), _) where right.wholeNumber != nil:
      return try repeated(text, right.wholeNumber ?? 0)
    case (.multiply, _, .text(let text)) where left.wholeNumber != nil:
      return try repeated(text, left.wholeNumber ?? 0)
    case (.multiply, .list(let list), _) where right.wholeNumber != nil:
      return try .list(repeated(list.elements, right.wholeNumber ?? 0))
    case (.multiply, _, .list(let list)) where left.wholeNumber != nil:
      return try .list(repeated(list.elements, left.wholeNumber ?? 0))
    case (.multiply, .tuple(let list), _) where right.wholeNumber != nil:
      return try .tuple(repeated(list.elements, right.wholeNumber ?? 0))
    case (.multiply, _, .tuple(let list)) where left.wholeNumber != nil:
      return try .tuple(repeated(list.elements, left.wholeNumber ?? 0))
    case (.modulo, .text(let format), _): return try percentFormat(format, right)
    default: throw Self.mismatch(operation, left, right)
    }
  }

  private static func mismatch(_ operation: Jinja.BinaryOperator, _ left: Value, _ right: Value) -> JinjaError {
    switch (operation, left) {
    case (.add, .text), (.add, .list), (.add, .tuple):
      return JinjaError(
        .type, "can only concatenate \(left.typeName) (not \"\(right.typeName)\") to \(left.typeName)")
    default:
      let sign = operation == .power ? "** or pow()" : operation.rawValue
      return JinjaError(
        .type, "unsupported operand type(s) for \(sign): '\(left.typeName)' and '\(right.typeName)'")
    }
  }

  /// Markup escapes what is added to it.
  private static func joined(_ left: Text, _ right: Text) -> Text {
    guard left.isMarkup || right.isMarkup else { return Text(left.bytes + right.bytes) }
    return Text(left.escaped.bytes + right.escaped.bytes, isMarkup: true)
  }

  private func repeated(_ text: Text, _ count: Int) throws -> Value {
    let (bytes, overflow) = text.bytes.count.multipliedReportingOverflow(by: max(0, count))
    try require(textBytes: overflow ? .max : bytes)
    try charge(bytes: bytes)
    var result: [UInt8] = []
    result.reserveCapacity(bytes)
    if bytes > 0 { for _ in 0..<count { result += text.bytes } }
    return .text(Text(result, isMarkup: text.isMarkup))
  }

  private func repeated(_ elements: [Value], _ count: Int) throws -> [Value] {
    let (total, overflow) = elements.count.multipliedReportingOverflow(by: max(0, count))
    try step(overflow ? .max / 2 : total)
    return total == 0 ? [] : Array(repeatElement(elements, count: count).joined())
  }

  // MARK: Numbers

  private func combine(_ operation: Jinja.BinaryOperator, _ left: Int, _ right: Int) throws -> Value {
    let result: (partialValue: Int, overflow: Bool)
    switch operation {
    case .add: result = left.addingReportingOverflow(right)
    case .subtract: result = left.subtractingReportingOverflow(right)
    case .multiply: result = left.multipliedReportingOverflow(by: right)
    case .divide:
      guard right != 0 else { throw JinjaError(.value, "division by zero") }
      return .float(Double(left) / Double(right))
    case .floorDivide, .modulo:
      guard right != 0 else { throw JinjaError(.value, "integer division or modulo by zero") }
      let (quotient, overflow) = left.dividedReportingOverflow(by: right)
      if overflow {
        result = operation == .modulo ? (0, false) : (0, true)
        break
      }
      let remainder = left - quotient * right
      let isBelow = remainder != 0 && (remainder < 0) != (right < 0)
      result =
        operation == .modulo
        ? (isBelow ? remainder + right : remainder, false) : (isBelow ? quotient - 1 : quotient, false)
    case .power:
      if right < 0 {
        guard left != 0 else { throw JinjaError(.value, "0.0 cannot be raised to a negative power") }
        return .float(pow(Double(left), Double(right)))
      }
      result = Self.power(left, right)
    }
    guard !result.overflow else {
      throw JinjaError(.unsupported, "\(left) \(operation.rawValue) \(right) does not fit into 64 bits")
    }
    return .integer(result.partialValue)
  }

  private static func power(_ base: Int, _ exponent: Int) -> (Int, Bool) {
    if base == 0 || base == 1 { return (exponent == 0 ? 1 : base, false) }
    if base == -1 { return (exponent % 2 == 0 ? 1 : -1, false) }
    var result = 1
    for _ in 0..<min(exponent, 64) {
      let (product, overflow) = result.multipliedReportingOverflow(by: base)
      if overflow { return (0, true) }
      result = product
    }
    return (result, exponent > 64)
  }

  private func combine(_ operation: Jinja.BinaryOperator, _ left: Double, _ right: Double) throws -> Value {
    switch operation {
    case .add: return .float(left + right)
    case .subtract: return .float(left - right)
    case .multiply: return .float(left * right)
    case .divide:
      guard right != 0 else { throw JinjaError(.value, "float division by zero") }
      return .float(left / right)
    case .floorDivide, .modulo:
      guard right != 0 else { throw JinjaError(.value, "float floor division by zero") }
      var remainder = fmod(left, right)
      if remainder != 0, (remainder < 0) != (right < 0) { remainder += right }
      if remainder == 0 { remainder = copysign(0, right) }
      guard operation == .floorDivide else { return .float(remainder) }
      let quotient = (left - remainder) / right
      let floored = quotient.rounded(.down)
      return .float(quotient - floored > 0.5 ? floored + 1 : floored)
    case .power:
      let result = pow(left, right)
      guard result.isFinite || !left.isFinite || !right.isFinite else {
        throw JinjaError(.value, "the result of \(left) ** \(right) is no number that can be represented")
      }
      return .float(result)
    }
  }

  func negated(_ value: Value) throws -> Value {
    if case .undefined(let undefined) = value { throw undefined.error }
    if let number = value.wholeNumber {
      guard number != .min else { throw JinjaError(.unsupported, "-(\(number)) does not fit into 64 bits") }
      return .integer(-number)
    }
    guard let number = value.number else {
      throw JinjaError(.type, "bad operand type for unary -: '\(value.typeName)'")
    }
    return .float(-number)
  }

  func unaryPlus(_ value: Value) throws -> Value {
    if case .undefined(let undefined) = value { throw undefined.error }
    if let number = value.wholeNumber { return .integer(number) }
    guard case .float = value else {
      throw JinjaError(.type, "bad operand type for unary +: '\(value.typeName)'")
    }
    return value
  }
}

extension Jinja.Text {
  /// As markup: unchanged if it is already.
  var escaped: Jinja.Text {
    if isMarkup { return self }
    var result: [UInt8] = []
    for byte in bytes {
      switch byte {
      case UInt8(ascii: "&"): result += "&amp;".utf8
      case UInt8(ascii: "<"): result += "&lt;".utf8
      case UInt8(ascii: ">"): result += "&gt;".utf8
      case UInt8(ascii: "'"): result += "&#39;".utf8
      case UInt8(ascii: "\""): result += "&#34;".utf8
      default: result.append(byte)
      }
    }
    return Jinja.Text(result, isMarkup: true)
  }
}
