import FileFormats
import Inference
import Templates

extension JSONSchemaCompiler {
  /// The types of JSON, and the keywords that are about them.
  private static let keywords: [String: Set<String>] = [
    "object": ["properties", "required", "additionalProperties"], "array": ["items", "minItems", "maxItems"],
    "string": ["minLength", "maxLength"], "number": [], "integer": [], "boolean": [], "null": [],
  ]

  /// A value of the types of a place; without any that of the keywords, or any value.
  mutating func typed(_ place: SchemaPlace, then next: Node) throws -> Node {
    guard var types = try Self.types(place) else {
      guard let type = ["object", "array", "string"].first(where: { Self.says(place, about: $0) }) else {
        return builder.value(then: next)
      }
      throw place.error("", .invalid("says something about values of the type \(type), and has no \"type\""))
    }
    for (type, keywords) in Self.keywords where !types.contains(type) {
      if let key = keywords.sorted().first(where: { place[$0] != nil }) {
        throw place.error(".\(key)", .invalid("is about values of the type \(type), which \"type\" does not name"))
      }
    }
    // A whole number is a number.
    if types.contains("number") { types.removeAll { $0 == "integer" } }
    return builder.choice(try types.map { try value(of: $0, place, then: next) })
  }

  private static func says(_ place: SchemaPlace, about type: String) -> Bool {
    keywords[type, default: []].contains { place[$0] != nil }
  }

  private static func types(_ place: SchemaPlace) throws -> [String]? {
    let named: [JinjaValue]
    switch place["type"] {
    case nil: return nil
    case .list(let types) where !types.isEmpty: named = types
    case let type?: named = [type]
    }
    return try named.map { type in
      guard case .string(let name) = type, keywords[name] != nil else {
        throw place.error(
          ".type", .invalid("must be one of \(keywords.keys.sorted().joined(separator: ", ")), or an array of them"))
      }
      return name
    }
  }

  private mutating func value(of type: String, _ place: SchemaPlace, then next: Node) throws -> Node {
    switch type {
    case "object": return try object(place, then: next)
    case "array": return try array(place, then: next)
    case "string":
      let (minimum, maximum) = try place.range("minLength", "maxLength")
      return builder.string(minimum, maximum, then: next)
    case "number": return builder.number(then: next)
    case "integer": return builder.integer(then: next)
    case "boolean": return builder.boolean(then: next)
    default: return builder.null(then: next)
    }
  }

  private mutating func array(_ place: SchemaPlace, then next: Node) throws -> Node {
    let (minimum, maximum) = try place.range("minItems", "maxItems")
    let item = builder.declareRule()
    let itemSchema = place["items"] ?? .boolean(true)
    builder.define(item, as: try value(itemSchema, at: place.path + ".items", then: builder.end))
    return builder.elements(of: item, "[", "]", minimum, maximum, then: next)
  }

  // MARK: - Objects

  private mutating func object(_ place: SchemaPlace, then next: Node) throws -> Node {
    let properties = try place.dictionary("properties")
    let required = try Self.required(place, properties)
    switch place["additionalProperties"] {
    case nil where properties == nil: return builder.anyObject(then: next)
    case nil, .boolean(false): break
    default: throw place.error(".additionalProperties", .unsupported("objects have no members but their properties"))
    }
    // From the last property to the first; behind others, and as the first one.
    let close = builder.byte(ByteSet("}"), then: next)
    var behindOthers = builder.spaced(then: close)
    var asFirst = close
    for (key, schema) in (properties ?? [:]).entries.reversed().map({ ($0.key, $0.value) }) {
      let value = try value(schema, at: "\(place.path).properties.\(key)", then: behindOthers)
      let member = builder.text(JSONValue.quoted(key), then: builder.colon(then: value))
      let further = builder.byte(ByteSet(","), then: builder.spaced(then: member))
      let isRequired = required.contains(key)
      behindOthers = isRequired ? further : builder.choice([further, behindOthers])
      asFirst = isRequired ? member : builder.choice([member, asFirst])
    }
    return builder.byte(ByteSet("{"), then: builder.spaced(then: asFirst))
  }

  private static func required(_ place: SchemaPlace, _ properties: JinjaDictionary?) throws -> Set<String> {
    guard let value = place["required"] else { return [] }
    guard case .list(let elements) = value else {
      throw place.error(".required", .invalid("must be an array of strings"))
    }
    let names = try elements.enumerated().map { index, element in
      guard case .string(let name) = element, properties?[name] != nil else {
        throw place.error(".required[\(index)]", .invalid("is not the name of one of the properties"))
      }
      return name
    }
    return Set(names)
  }

  // MARK: - Values that are named

  /// - Parameter key: where they are named.
  mutating func literals(_ values: [JinjaValue], _ place: SchemaPlace, _ key: String, then next: Node) throws -> Node {
    try place.requireNothing(beside: key, but: ["type"])
    let types = try Self.types(place)
    let fitting = values.filter { value in types.map { $0.contains { value.isOf(type: $0) } } ?? true }
    guard !fitting.isEmpty else { throw place.error(".\(key)", .invalid("has no value of the \"type\" beside it")) }
    return builder.anyText(of: try fitting.map { Array(try $0.jsonText(place, key).utf8) }, then: next)
  }
}

extension JinjaValue {
  fileprivate func isOf(type: String) -> Bool {
    switch self {
    case .none: type == "null"
    case .boolean: type == "boolean"
    case .integer: type == "integer" || type == "number"
    case .float: type == "number"
    case .string: type == "string"
    case .list: type == "array"
    case .dictionary: type == "object"
    }
  }

  /// On one line, without spaces.
  fileprivate func jsonText(_ place: SchemaPlace, _ key: String) throws -> String {
    switch self {
    case .none: return "null"
    case .boolean(let value): return "\(value)"
    case .integer(let value): return "\(value)"
    case .float(let value):
      guard value.isFinite else { throw place.error(".\(key)", .invalid("has a number beyond the range of a double")) }
      return "\(value)"
    case .string(let text): return JSONValue.quoted(text)
    case .list(let elements):
      return "[" + (try elements.map { try $0.jsonText(place, key) }.joined(separator: ",")) + "]"
    case .dictionary(let members):
      let texts = try members.entries.map { JSONValue.quoted($0.key) + ":" + (try $0.value.jsonText(place, key)) }
      return "{" + texts.joined(separator: ",") + "}"
    }
  }
}
