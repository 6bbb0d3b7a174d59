import Templates

/// One place of a schema that is an object, and what it says.
struct SchemaPlace {
  private let members: JinjaDictionary
  let path: String

  /// Keywords that say something to readers and nothing about values.
  private static let annotations: Set = [
    "title", "description", "default", "examples", "$schema", "$id", "$comment", "$defs", "definitions", "deprecated",
    "readOnly", "writeOnly",
  ]
  private static let followed: Set = [
    "$ref", "anyOf", "enum", "const", "type", "properties", "required", "additionalProperties", "items", "minItems",
    "maxItems", "minLength", "maxLength",
  ]

  init(_ schema: JinjaValue, at path: String) throws {
    guard case .dictionary(let members) = schema else {
      throw JSONSchemaError(path: path, reason: .invalid("must be an object, true or false"))
    }
    (self.members, self.path) = (members, path)
    for key in members.entries.map(\.key) where !Self.annotations.contains(key) && !Self.followed.contains(key) {
      throw error(".\(key)", .unsupported("answers cannot be held to it"))
    }
  }

  func error(_ place: String, _ reason: JSONSchemaError.Reason) -> JSONSchemaError {
    JSONSchemaError(path: path + place, reason: reason)
  }

  subscript(key: String) -> JinjaValue? { members[key] }

  /// Whether it says anything about values.
  var isEmpty: Bool { keywords.isEmpty }

  private var keywords: [String] { members.entries.map(\.key).filter(Self.followed.contains) }

  func requireNothing(beside key: String, but others: Set<String> = []) throws {
    guard let other = keywords.first(where: { $0 != key && !others.contains($0) }) else { return }
    throw error(".\(other)", .unsupported("it stands beside \(key)"))
  }

  func text(_ key: String) throws -> String? {
    guard let value = members[key] else { return nil }
    guard case .string(let text) = value else { throw error(".\(key)", .invalid("must be a string")) }
    return text
  }

  /// Never empty.
  func list(_ key: String) throws -> [JinjaValue]? {
    guard let value = members[key] else { return nil }
    guard case .list(let elements) = value, !elements.isEmpty else {
      throw error(".\(key)", .invalid("must be an array that is not empty"))
    }
    return elements
  }

  func count(_ key: String) throws -> Int? {
    switch members[key] {
    case nil: return nil
    case .integer(let count) where count >= 0: return count
    case .float(let number) where number >= 0 && Int(exactly: number) != nil: return Int(number)
    default: throw error(".\(key)", .invalid("must be a whole number of 0 or more"))
    }
  }

  func range(_ minimum: String, _ maximum: String) throws -> (Int, Int?) {
    let (least, most) = (try count(minimum) ?? 0, try count(maximum))
    guard most.map({ $0 >= least }) ?? true else {
      throw error(".\(maximum)", .invalid("is less than \(minimum)"))
    }
    return (least, most)
  }

  func dictionary(_ key: String) throws -> JinjaDictionary? {
    guard let value = members[key] else { return nil }
    guard case .dictionary(let dictionary) = value else { throw error(".\(key)", .invalid("must be an object")) }
    return dictionary
  }
}
