extension Jinja.Interpreter {
  func compare(_ comparison: Jinja.Comparison, _ left: Value, _ right: Value) throws -> Bool {
    switch comparison {
    case .equal: try areEqual(left, right)
    case .notEqual: try !areEqual(left, right)
    case .less: try isOrdered("<", left, right)
    case .lessOrEqual: try isOrdered("<=", left, right)
    case .greater: try isOrdered(">", left, right)
    case .greaterOrEqual: try isOrdered(">=", left, right)
    case .isIn: try contains(right, left)
    case .notIn: try !contains(right, left)
    }
  }

  func areEqual(_ left: Value, _ right: Value) throws -> Bool {
    try step()
    if let left = left.wholeNumber, let right = right.wholeNumber { return left == right }
    if let left = left.number, let right = right.number { return left == right }
    switch (left, right) {
    case (.none, .none): return true
    case (.undefined(let left), .undefined(let right)):
      for undefined in [left, right] where undefined.kind != .undefined { throw undefined.error }
      return true
    case (.text(let left), .text(let right)):
      try charge(bytes: min(left.bytes.count, right.bytes.count))
      return left == right
    case (.list(let left), .list(let right)), (.tuple(let left), .tuple(let right)):
      guard left.elements.count == right.elements.count else { return false }
      for (left, right) in zip(left.elements, right.elements) {
        guard try areEqual(left, right) else { return false }
      }
      return true
    case (.dictionary(let left), .dictionary(let right)):
      guard left.count == right.count else { return false }
      for (key, value) in zip(left.keys, left.values) {
        guard let other = right[try key.key()], try areEqual(value, other) else { return false }
      }
      return true
    case (.range(let left), .range(let right)):
      return left.count == right.count
        && (left.count == 0 || left.start == right.start && (left.count == 1 || left.step == right.step))
    case (.object(let left), .object(let right)): return left === right
    default: return false
    }
  }

  /// `left < right` and the like, as Python orders values.
  func isOrdered(_ sign: String, _ left: Value, _ right: Value) throws -> Bool {
    for case .undefined(let undefined) in [left, right] { throw undefined.error }
    guard let order = try order(left, right) else {
      if left.number != nil, right.number != nil { return false }
      throw JinjaError(
        .type, "'\(sign)' not supported between instances of '\(left.typeName)' and '\(right.typeName)'")
    }
    return switch sign {
    case "<": order < 0
    case "<=": order <= 0
    case ">": order > 0
    default: order >= 0
    }
  }

  /// Below, at or above zero; nil for values without an order.
  private func order(_ left: Value, _ right: Value) throws -> Int? {
    try step()
    func sign<Number: Comparable>(_ left: Number, _ right: Number) -> Int? {
      left < right ? -1 : left > right ? 1 : left == right ? 0 : nil
    }
    if let left = left.wholeNumber, let right = right.wholeNumber { return sign(left, right) }
    if let left = left.number, let right = right.number { return sign(left, right) }
    switch (left, right) {
    case (.text(let left), .text(let right)):
      try charge(bytes: min(left.bytes.count, right.bytes.count))
      return left == right ? 0 : Text.isLess(left, right) ? -1 : 1
    case (.list(let left), .list(let right)), (.tuple(let left), .tuple(let right)):
      for (left, right) in zip(left.elements, right.elements) where try !areEqual(left, right) {
        return try isOrdered("<", left, right) ? -1 : 1
      }
      return sign(left.elements.count, right.elements.count)
    default: return nil
    }
  }

  func contains(_ container: Value, _ element: Value) throws -> Bool {
    switch container {
    case .text(let text):
      if case .undefined(let undefined) = element, undefined.kind != .undefined { throw undefined.error }
      guard case .text(let part) = element else {
        throw JinjaError(.type, "'in <string>' requires string as left operand, not \(element.typeName)")
      }
      try charge(bytes: text.bytes.count)
      return Jinja.find(part.bytes, in: text.bytes[...]) != nil
    case .dictionary(let dictionary): return dictionary[try element.key()] != nil
    case .range(let range):
      guard let number = element.number, let whole = Int(exactly: number) else { return false }
      let (distance, overflow) = whole.subtractingReportingOverflow(range.start)
      return !overflow && distance % range.step == 0 && (0..<range.count).contains(distance / range.step)
    default:
      guard let elements = try elementsIfIterable(container) else {
        throw JinjaError(.type, "argument of type '\(container.typeName)' is not iterable")
      }
      for candidate in elements where try areEqual(candidate, element) { return true }
      return false
    }
  }
}
