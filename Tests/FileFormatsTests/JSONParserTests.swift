import Testing

import FileFormats

@Suite struct JSONParserTests {
  @Test(arguments: [
    ("null", JSONValue.null), (" true ", .boolean(true)), ("false", .boolean(false)), ("0", .integer(0)),
    ("-12", .integer(-12)), ("9223372036854775807", .integer(.max)), ("1.5", .number(1.5)), ("1e3", .number(1000)),
    ("9223372036854775808", .number(9_223_372_036_854_775_808)), ("[]", .array([])), ("{}", .object([:])),
    ("[1, [2]]", .array([.integer(1), .array([.integer(2)])])),
    (#"{"a": {"b": "c"}}"#, .object(["a": .object(["b": .string("c")])])),
    (#""\"\\\/\b\f\n\r\té\ud83d\ude00ü""#, .string("\"\\/\u{8}\u{C}\n\r\té😀ü")),
  ])
  func reads(text: String, value: JSONValue) throws {
    #expect(try JSONParser.parse(text) == value)
  }

  @Test(arguments: [
    "", " ", "nul", "truth", "01", "1.", ".5", "1e", "-", "+1", "1e999", "[1,]", "[1 2]", "[", "{\"a\"}", "{\"a\":}",
    "{\"a\":1,}", "{a:1}", "{\"a\":1 \"b\":2}", "\"", "\"\n\"", #""\x""#, #""\u12"#, #""\ud800""#, #""\ud800\u0041""#,
    #""\udc00""#, "1 2", "{}\0", "[1]]", "NaN", "'a'",
  ])
  func refuses(text: String) {
    #expect(throws: JSONSyntaxError.self) { try JSONParser.parse(text) }
  }

  @Test func refusesEqualKeys() {
    #expect {
      try JSONParser.parse("{\n\"a\": 1,\n\"\\u0061\": 2}")
    } throws: { error in
      guard let error = error as? JSONSyntaxError else { return false }
      return error.line == 3 && error.message.contains("\"a\" occurs twice")
    }
  }

  /// Nothing before the value is looked at, not even to count lines.
  @Test func theErrorOfOneValueAmongManyCountsLinesFromItsStart() {
    let text = Array("[1]\n\n\n{\"a\":\n oops}".utf8)
    let inValue = #expect(throws: JSONSyntaxError.self) {
      try text.withUnsafeBytes { _ = try JSONParser.parseValue($0, at: 6) }
    }
    #expect(inValue?.line == 2 && inValue?.offset == 13)
    let inDocument = #expect(throws: JSONSyntaxError.self) { try text.withUnsafeBytes { _ = try JSONParser.parse($0) } }
    #expect(inDocument?.line == 4 && inDocument?.offset == 6)
  }

  @Test func refusesInvalidUTF8() {
    for bytes: [UInt8] in [[0x22, 0xFF, 0x22], [0x22, 0xC3, 0x22], [0xEF, 0xBB, 0xBF, 0x31]] {
      #expect(throws: JSONSyntaxError.self) { try bytes.withUnsafeBytes { try JSONParser.parse($0) } }
    }
  }

  @Test func boundsTheDepth() throws {
    func nested(_ depth: Int) -> String {
      String(repeating: "[", count: depth) + String(repeating: "]", count: depth)
    }
    #expect(throws: Never.self) { try JSONParser.parse(nested(64)) }
    #expect(throws: JSONSyntaxError.self) { try JSONParser.parse(nested(65)) }
    #expect(throws: JSONSyntaxError.self) { try JSONParser.parse(nested(1_000_000)) }
  }

  @Test func writesWhatItReads() throws {
    let value = JSONValue.object([
      "b": .number(1e-5), "a": .array([.integer(1), .null, .boolean(true)]), "c": .string("ü/\n\""),
    ])
    let data = try value.serialized()
    #expect(try data.withUnsafeBytes { try JSONParser.parse($0) } == value)
    #expect(String(decoding: data, as: UTF8.self).contains("1e-05"))
  }
}
