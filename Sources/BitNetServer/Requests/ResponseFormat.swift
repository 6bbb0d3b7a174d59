import FileFormats
import Inference
import Serving

/// `response_format`: what the text of an answer must be.
enum ResponseFormat {
  private static let key = "response_format"

  /// - Returns: nil for plain text.
  static func constraint(_ body: JSONDocument, _ model: ServedModel) throws -> TokenConstraint? {
    guard let format = body[key], format.value != .null else { return nil }
    guard format.value.objectValue != nil else {
      throw APIError.wrongType(key, format.value, expected: "an object with a \"type\"")
    }
    let grammar: ByteGrammar?
    switch format.value["type"] {
    case "text":
      try requireKeys(["type"], of: format.value, at: key)
      return nil
    case "json_object":
      try requireKeys(["type"], of: format.value, at: key)
      grammar = .jsonObject
    case "json_schema":
      try requireKeys(["type", "json_schema"], of: format.value, at: key)
      grammar = try schema(format["json_schema"])
    case let type:
      throw APIError.wrongType("\(key).type", type ?? .null, expected: "text, json_object or json_schema")
    }
    return grammar.map { TokenConstraint($0, vocabulary: model.vocabulary) }
  }

  /// Without a schema, any object.
  private static func schema(_ description: JSONDocument?) throws -> ByteGrammar? {
    let place = "\(key).json_schema"
    guard let description, description.value.objectValue != nil else {
      throw APIError.wrongType(place, description?.value ?? .null, expected: "an object with a \"schema\"")
    }
    try requireKeys(["name", "description", "schema", "strict"], of: description.value, at: place)
    guard let name = description.value["name"]?.stringValue, (1...64).contains(name.utf8.count) else {
      throw APIError.wrongType(
        "\(place).name", description.value["name"] ?? .null, expected: "a string of 1 to 64 characters")
    }
    if let strict = description.value["strict"], strict != .null, strict.booleanValue == nil {
      throw APIError.wrongType("\(place).strict", strict, expected: "true or false")
    }
    guard let schema = description["schema"], schema.value != .null else { return .jsonObject }
    do {
      return try JSONSchema(schema.inOrder()).grammar
    } catch let error as JSONSchemaError {
      throw APIError(error, at: "\(place).schema")
    }
  }

  private static func requireKeys(_ keys: Set<String>, of value: JSONValue, at place: String) throws {
    guard let other = value.objectValue?.keys.sorted().first(where: { !keys.contains($0) }) else { return }
    throw APIError.invalid(
      "\(place) has the key \"\(other.printable())\", which is not known here.", param: "\(place).\(other.printable())",
      code: "unknown_parameter")
  }
}

extension APIError {
  /// - Parameter key: what holds the schema.
  init(_ error: JSONSchemaError, at key: String) {
    let place = key + error.path.printable(limit: 300)
    switch error.reason {
    case .unsupported(let why): self = .unsupported(place, why)
    case .invalid(let why): self = .invalid("\(place) \(why.printable(limit: 300)).", param: place)
    }
  }
}
