import Inference
import Templates

/// A JSON Schema as a grammar of the texts that fit it.
///
/// Followed are `type` (also a list), `properties` and `required`, `items`, `minItems` and `maxItems`, `minLength` and
/// `maxLength`, `enum`, `const`, `anyOf`, and `$ref` to a place of the same schema, also from within that place. Titles,
/// descriptions, defaults and examples are annotations. Everything else is refused by name.
///
/// Members come in the order of `properties`, and an object has no others: as OpenAI does with strict schemas, what says nothing of
/// `additionalProperties` is taken to say `false`. An object without `properties` that does not say so may have any members.
public struct JSONSchema: Sendable {
  public let grammar: ByteGrammar

  /// - Parameter schema: with its members in order.
  /// - Throws: `JSONSchemaError`.
  public init(_ schema: JinjaValue) throws {
    var compiler = JSONSchemaCompiler(schema)
    let start = try compiler.start(then: compiler.builder.end)
    grammar = try JSONSchemaCompiler.grammar(compiler.builder, from: start)
  }
}

/// Translates a schema, place by place.
struct JSONSchemaCompiler {
  typealias Node = GrammarBuilder.Node

  private let root: JinjaValue
  var builder: GrammarBuilder
  /// The rules of places that a `$ref` names.
  private var referenced: [String: Node] = [:]
  /// Names that were met and have not been translated.
  private var pending: [(name: String, rule: Node)] = []

  /// - Parameter builder: may have made other parts of the same grammar.
  init(_ root: JinjaValue, _ builder: GrammarBuilder = GrammarBuilder()) { (self.root, self.builder) = (root, builder) }

  /// What fits the schema, and `next` behind it.
  mutating func start(then next: Node) throws -> Node {
    let start = try value(root, at: "", then: next)
    while let (name, rule) = pending.popLast() {
      builder.define(rule, as: try value(try place(name), at: Self.path(name), then: builder.end))
    }
    return start
  }

  /// What was built, as a whole.
  static func grammar(_ builder: GrammarBuilder, from start: Node) throws -> ByteGrammar {
    guard !builder.isTooLarge else { throw Self.tooLarge }
    guard !builder.isLeftRecursive else {
      throw JSONSchemaError(path: "", reason: .invalid("has a $ref that leads back to itself before any value"))
    }
    guard let grammar = builder.grammar(from: start) else {
      throw JSONSchemaError(
        path: "", reason: .invalid("allows no value, or only such that are nested more than some thirty levels deep"))
    }
    return grammar
  }

  private static let tooLarge = JSONSchemaError(path: "", reason: .invalid("is too large"))

  /// What fits the schema at `path`, and `next` behind it.
  mutating func value(_ schema: JinjaValue, at path: String, then next: Node) throws -> Node {
    guard !builder.isTooLarge else { throw Self.tooLarge }
    if case .boolean(let isAnything) = schema { return isAnything ? builder.value(then: next) : builder.nothing() }
    let place = try SchemaPlace(schema, at: path)
    if let name = try place.text("$ref") {
      try place.requireNothing(beside: "$ref")
      return builder.call(try rule(of: name, place), then: next)
    }
    if let ways = try place.list("anyOf") {
      try place.requireNothing(beside: "anyOf")
      let nodes = try ways.enumerated().map { try value($1, at: "\(path).anyOf[\($0)]", then: next) }
      return builder.choice(nodes)
    }
    if let values = try place.list("enum") { return try literals(values, place, "enum", then: next) }
    if let value = place["const"] { return try literals([value], place, "const", then: next) }
    return try typed(place, then: next)
  }

  // MARK: - References

  private mutating func rule(of name: String, _ place: SchemaPlace) throws -> Node {
    if let known = referenced[name] { return known }
    do {
      _ = try self.place(name)
    } catch {
      throw place.error(".$ref", .invalid("is \"\(name.prefix(80))\", which is no place in the schema"))
    }
    let rule = builder.declareRule()
    referenced[name] = rule
    pending.append((name, rule))
    return rule
  }

  private struct NoPlace: Error {}

  /// What a name such as `#/$defs/node` stands for.
  private func place(_ name: String) throws -> JinjaValue {
    guard name.hasPrefix("#") else { throw NoPlace() }
    var value = root
    for part in name.dropFirst().split(separator: "/", omittingEmptySubsequences: true) {
      let key = String(part).replacing("~1", with: "/").replacing("~0", with: "~")
      switch value {
      case .dictionary(let members):
        guard let member = members[key] else { throw NoPlace() }
        value = member
      case .list(let elements):
        guard let index = Int(key), elements.indices.contains(index) else { throw NoPlace() }
        value = elements[index]
      default: throw NoPlace()
      }
    }
    return value
  }

  private static func path(_ name: String) -> String {
    name.dropFirst().split(separator: "/").map { ".\($0)" }.joined()
  }
}
