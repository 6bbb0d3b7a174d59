import Inference
import Serving
import Templates
import Testing

/// Which texts fit a schema.
@Suite struct JSONSchemaTests {
  private static func grammar(_ schema: String) throws -> ByteGrammar {
    try JSONSchema(JinjaValue(json: schema)).grammar
  }

  private func expect(_ schema: String, fits: [String], refuses: [String]) throws {
    let grammar = try Self.grammar(schema)
    func isWhole(_ text: String) -> Bool { if case .whole = grammar.fit(of: text.utf8) { true } else { false } }
    for text in fits { #expect(isWhole(text), "\(schema) \(text)") }
    for text in refuses { #expect(!isWhole(text), "\(schema) \(text)") }
  }

  @Test func simpleTypes() throws {
    try expect(#"{"type": "integer"}"#, fits: ["0", "-12"], refuses: ["1.5", "\"1\"", "null", "1e3"])
    try expect(#"{"type": ["string", "null"]}"#, fits: ["null", "\"\""], refuses: ["1", "{}"])
    try expect(#"{"type": ["number", "integer"]}"#, fits: ["1", "1.5"], refuses: ["true"])
    try expect(
      #"{"type": "string", "minLength": 2, "maxLength": 3}"#, fits: [#""aé""#, #""\ud83d\ude00\n😀""#],
      refuses: [#""a""#, #""abcd""#])
    try expect(#"{"title": "anything"}"#, fits: ["1", "[{}]"], refuses: [""])
  }

  @Test func objectsHaveTheirPropertiesInOrder() throws {
    try expect(
      #"""
      {"type": "object", "properties": {"b": {"type": "integer"}, "a": {"type": "boolean"}, "c": {"type": "null"}},
       "required": ["a"]}
      """#,
      fits: [#"{"b": 1, "a": true}"#, #"{"a":false}"#, #"{"a":false,"c":null}"#, "{\n  \"b\": 1,\n  \"a\": true\n}"],
      refuses: [#"{"a": true, "b": 1}"#, "{}", #"{"b": 1}"#, #"{"a": true, "d": 1}"#, #"{"a": true,}"#, #"{"a": 1}"#])
    try expect(#"{"type": "object", "properties": {}}"#, fits: ["{}", "{ }"], refuses: [#"{"a": 1}"#])
    try expect(#"{"type": "object"}"#, fits: ["{}", #"{"a": [1]}"#], refuses: ["[]"])
    try expect(#"{"type": "object", "additionalProperties": false}"#, fits: ["{}"], refuses: [#"{"a": 1}"#])
    try expect(
      #"{"type": "object", "properties": {"a\"é": {"type": "null"}}}"#, fits: [#"{"a\"é": null}"#, "{}"], refuses: [])
  }

  @Test func arraysHaveAsManyItemsAsTheyMay() throws {
    let schema = #"{"type": "array", "items": {"type": "integer"}, "minItems": 2, "maxItems": 3}"#
    try expect(schema, fits: ["[1, 2]", "[1,2,3]"], refuses: ["[]", "[1]", "[1,2,3,4]", "[1,\"a\"]"])
    try expect(#"{"type": "array", "maxItems": 0}"#, fits: ["[]"], refuses: ["[1]"])
    try expect(#"{"type": "array"}"#, fits: ["[]", "[1, {}, []]"], refuses: ["{}"])
  }

  @Test func namedValues() throws {
    try expect(
      #"{"enum": ["red", "redder", 1, null, {"b": 1, "a": [true]}]}"#,
      fits: ["\"red\"", "\"redder\"", "1", "null", #"{"b":1,"a":[true]}"#], refuses: ["\"re\"", "2"])
    try expect(#"{"type": "string", "enum": ["a", 1, "a"]}"#, fits: ["\"a\""], refuses: ["1"])
    try expect(#"{"const": "x"}"#, fits: ["\"x\""], refuses: ["\"y\""])
    let nested = (0..<300).map { "\"" + String(repeating: "a", count: $0) + "\"" }
    try expect("{\"enum\": [\(nested.joined(separator: ","))]}", fits: [nested[299], nested[70]], refuses: ["\"b\""])
  }

  @Test func alternativesAndReferences() throws {
    try expect(
      #"{"anyOf": [{"type": "integer"}, {"type": "null"}], "title": "t", "default": null}"#, fits: ["1", "null"],
      refuses: ["\"a\""])
    let tree = #"""
      {"$defs": {"node": {"type": "object", "properties": {"value": {"type": "integer"},
         "children": {"type": "array", "items": {"$ref": "#/$defs/node"}}}, "required": ["value", "children"]}},
       "$ref": "#/$defs/node"}
      """#
    try expect(
      tree, fits: [#"{"value": 1, "children": [{"value": 2, "children": []}, {"value": 3, "children": []}]}"#],
      refuses: [#"{"value": 1, "children": [{"value": 2}]}"#, #"{"value": 1, "children": [1]}"#])
    try expect(
      ##"{"type": "object", "properties": {"next": {"anyOf": [{"$ref": "#"}, {"type": "null"}]}}, "required": ["next"]}"##,
      fits: [#"{"next": {"next": null}}"#], refuses: [#"{"next": {}}"#])
  }

  @Test func whatIsNotFollowedIsRefusedByItsPath() throws {
    let refused: [(schema: String, path: String)] = [
      (#"{"type": "string", "pattern": "a"}"#, ".pattern"), (#"{"type": "integer", "minimum": 1}"#, ".minimum"),
      (#"{"oneOf": []}"#, ".oneOf"), (#"{"allOf": [{}]}"#, ".allOf"), (#"{"not": {}}"#, ".not"), ("3", ""),
      (#"{"type": "object", "properties": {"a": {"items": {}}}}"#, ".properties.a"),
      (
        #"{"type": "object", "properties": {"a": {"anyOf": [{}, {"format": "date"}]}}}"#,
        ".properties.a.anyOf[1].format"
      ),
      (#"{"type": "object", "additionalProperties": {"type": "string"}}"#, ".additionalProperties"),
      (#"{"type": "object", "required": ["a"]}"#, ".required[0]"), (#"{"type": "text"}"#, ".type"),
      (#"{"type": "string", "minLength": 3, "maxLength": 2}"#, ".maxLength"),
      (#"{"type": "string", "minLength": -1}"#, ".minLength"), (#"{"type": "string", "minItems": 1}"#, ".minItems"),
      (##"{"$ref": "other.json"}"##, ".$ref"), (##"{"$ref": "#/$defs/none"}"##, ".$ref"),
      (#"{"anyOf": [{}], "type": "null"}"#, ".type"), (#"{"enum": []}"#, ".enum"),
      (##"{"type": "null", "enum": [1]}"##, ".enum"), (##"{"$ref": "#"}"##, ""),
      (
        ##"{"$defs": {"a": {"anyOf": [{"$ref": "#/$defs/b"}]}, "b": {"anyOf": [{"$ref": "#/$defs/a"}, {}]}}, "$ref": "#/$defs/a"}"##,
        ""
      ),
      (##"{"type": "object", "properties": {"a": {"$ref": "#"}}, "required": ["a"]}"##, ""), ("false", ""),
      (#"{"enum": ["\#(String(repeating: "a", count: 200_000))"]}"#, ""),
    ]
    for (schema, path) in refused {
      do {
        _ = try Self.grammar(schema)
        Issue.record("\(schema.prefix(100)) is accepted")
      } catch let error as JSONSchemaError {
        #expect(error.path == path, "\(schema.prefix(100)): \(error)")
      }
    }
  }
}
