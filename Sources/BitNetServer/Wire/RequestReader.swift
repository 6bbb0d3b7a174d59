import FileFormats

/// Takes typed values out of the JSON of a request; what is wrong is an `APIError` with the key's name.
package struct RequestReader: Sendable {
  private let members: [String: JSONValue]

  /// - Throws: `APIError` for what is no object, and for keys that are not accepted.
  package init(_ value: JSONValue, keys: RequestKeys) throws {
    guard let members = value.objectValue else {
      throw APIError.invalid("the body is \(value.kind), expected an object.", code: "invalid_type")
    }
    try keys.check(members)
    self.members = members
  }

  func value(_ key: String) -> JSONValue? {
    let value = members[key]
    return value == .null ? nil : value
  }

  func integer(_ key: String, in range: ClosedRange<Int>) throws -> Int? {
    guard let value = value(key) else { return nil }
    guard let number = value.wholeNumber else {
      throw APIError.wrongType(key, value, expected: "a whole number \(Self.text(range))")
    }
    guard range.contains(number) else {
      throw APIError.invalid("\(key) is \(number), expected \(Self.text(range)).", param: key)
    }
    return number
  }

  func number(_ key: String, in range: ClosedRange<Double>) throws -> Double? {
    guard let value = value(key) else { return nil }
    let expected = "from \(range.lowerBound) to \(range.upperBound)"
    guard let number = value.doubleValue else {
      throw APIError.wrongType(key, value, expected: "a number \(expected)")
    }
    guard range.contains(number) else {
      throw APIError.invalid("\(key) is \(number), expected \(expected).", param: key)
    }
    return number
  }

  func boolean(_ key: String) throws -> Bool? {
    guard let value = value(key) else { return nil }
    guard let flag = value.booleanValue else { throw APIError.wrongType(key, value, expected: "true or false") }
    return flag
  }

  func string(_ key: String) throws -> String? {
    guard let value = value(key) else { return nil }
    guard let text = value.stringValue else { throw APIError.wrongType(key, value, expected: "a string") }
    return text
  }

  func array(_ key: String, atMost limit: Int) throws -> [JSONValue]? {
    guard let value = value(key) else { return nil }
    guard let elements = value.arrayValue else { throw APIError.wrongType(key, value, expected: "an array") }
    guard elements.count <= limit else {
      throw APIError.invalid("\(key) has \(elements.count) elements, at most \(limit) are allowed.", param: key)
    }
    return elements
  }

  func object(_ key: String) throws -> [String: JSONValue]? {
    guard let value = value(key) else { return nil }
    guard let members = value.objectValue else { throw APIError.wrongType(key, value, expected: "an object") }
    return members
  }

  /// What has two names.
  /// - Throws: `APIError` where both are there and differ.
  func oneOf<Value: Equatable>(_ key: String, _ other: String, read: (String) throws -> Value?) throws -> Value? {
    let (value, same) = (try read(key), try read(other))
    if let value, let same, value != same {
      throw APIError.invalid("\(key) and \(other) mean the same and differ: \(value) and \(same).", param: other)
    }
    return value ?? same
  }

  private static func text(_ range: ClosedRange<Int>) -> String {
    if range.upperBound == .max { return "of \(range.lowerBound) or more" }
    return "from \(range.lowerBound) to \(range.upperBound)"
  }
}

extension JSONValue {
  /// A whole number, also where it is written with a fraction of zero, as some clients do.
  var wholeNumber: Int? {
    switch self {
    case .integer(let value): value
    case .number(let value): Int(exactly: value)
    default: nil
    }
  }
}
