import Kernels

/// Takes values out of a config.json and gathers every complaint instead of stopping at the first.
package struct ConfigurationReader {
  private let members: [String: JSONValue]
  private let prefix: String
  package private(set) var problems: [String] = []

  package init(_ members: [String: JSONValue], prefix: String = "") {
    self.members = members
    self.prefix = prefix
  }

  package mutating func complain(_ problem: String) {
    problems.append(problem)
  }

  package func value(_ key: String) -> JSONValue? {
    let value = members[key]
    return value == .null ? nil : value
  }

  /// Complains when the key is missing altogether; null counts as there.
  package mutating func requireKey(_ key: String) {
    if members[key] == nil { complain("\(prefix)\(key) is missing") }
  }

  /// Whether the key is there, if only as null.
  package func hasKey(_ key: String) -> Bool { members[key] != nil }

  /// A number that must be there.
  package mutating func requireDouble(_ key: String) -> Double? {
    guard value(key) != nil else {
      complain("\(prefix)\(key) is missing")
      return nil
    }
    return double(key)
  }

  /// A key that must be there.
  package mutating func require(_ key: String) -> Int? {
    guard value(key) != nil else {
      complain("\(prefix)\(key) is missing")
      return nil
    }
    return integer(key)
  }

  package mutating func integer(_ key: String) -> Int? {
    read(key, "a whole number", \.integerValue)
  }

  package mutating func double(_ key: String) -> Double? {
    read(key, "a number", \.doubleValue)
  }

  package mutating func boolean(_ key: String) -> Bool? {
    read(key, "true or false", \.booleanValue)
  }

  package mutating func string(_ key: String) -> String? {
    read(key, "a string", \.stringValue)
  }

  package mutating func array(_ key: String) -> [JSONValue]? {
    read(key, "a list", \.arrayValue)
  }

  package mutating func object(_ key: String) -> [String: JSONValue]? {
    read(key, "an object", \.objectValue)
  }

  /// One of the raw values of `Value`.
  package mutating func choice<Value: RawRepresentable & CaseIterable>(_ key: String, of type: Value.Type) -> Value?
  where Value.RawValue == String {
    guard let text = string(key) else { return nil }
    if let value = Value(rawValue: text) { return value }
    let choices = Value.allCases.map(\.rawValue).joined(separator: ", ")
    complain("\(prefix)\(key) is \"\(text.printable())\", expected one of: \(choices)")
    return nil
  }

  /// A token id; Hugging Face also allows a list.
  package mutating func tokenID(_ key: String) -> Int? {
    guard let value = value(key) else { return nil }
    if let list = value.arrayValue, list.count == 1, let id = list[0].integerValue { return id }
    return read(key, "one whole number", \.integerValue)
  }

  /// A token id, or several of them.
  package mutating func tokenIDs(_ key: String) -> [Int] {
    guard let list = value(key)?.arrayValue else { return tokenID(key).map { [$0] } ?? [] }
    let ids = list.compactMap(\.integerValue)
    if ids.count != list.count { complain("\(prefix)\(key) is a list with other than whole numbers") }
    return ids
  }

  /// Complains when a setting that the model does not have is switched on.
  package mutating func requireDefault(_ key: String, _ accepted: [JSONValue]) {
    guard let value = value(key), !accepted.contains(value) else { return }
    complain("\(prefix)\(key) is \(value.kind), which is not supported; expected \(accepted[0].kind) or nothing")
  }

  private mutating func read<Value>(
    _ key: String, _ expected: String, _ convert: (JSONValue) -> Value?
  ) -> Value? {
    guard let value = value(key) else { return nil }
    if let converted = convert(value) { return converted }
    complain("\(prefix)\(key) is \(value.kind), expected \(expected)")
    return nil
  }
}
