import FileFormats
import Inference
import Kernels
import Testing

/// The grammar of JSON, byte by byte.
@Suite struct JSONGrammarTests {
  private static let value = GrammarBuilder.grammar { $0.value(then: $0.end) }

  private static func fits(_ text: some Sequence<UInt8>) -> Bool {
    if case .whole? = value?.fit(of: text) { true } else { false }
  }

  @Test func textsOfJSONFit() {
    for text in [
      "{}", "[]", "[[],{}]", #"{"a": 1, "b":[true,false,null]}"#, "{\n  \"a\": [\n    1\n  ]\n}", "[1, 2,3]",
      "-0.5e+10",
      "1E9", "0", #""\u00e9\ud83d\ude00\n\"\\\/""#, #""é😀""#, "\"\u{7F}\"", "123456789012345678", "-0",
    ] { #expect(Self.fits(text.utf8), "\(text)") }
  }

  @Test func otherTextsDoNot() {
    for text in [
      "", " {}", "{} ", "{,}", "[1,]", "[1 2]", #"{"a" :1}"#, #"{"a"}"#, "{a:1}", "01", "+1", "1.", ".5", "1e", "--1",
      "tru", "nul", "\"\n\"", #""\x""#, #""\ud800""#, #""\ud800\u0041""#, #""\udc00""#, #""\u12""#, "\"", "[", "[  1]",
      "{\t}", "[1\r\n]", "1234567890123456789", "NaN", "'a'",
    ] { #expect(!Self.fits(text.utf8), "\(text)") }
    // Too long a form, a surrogate, beyond Unicode, a lonely continuation, an unfinished character.
    for bytes: [UInt8] in [
      [0xC0, 0x80], [0xE0, 0x80, 0x80], [0xED, 0xA0, 0x80], [0xF4, 0x90, 0x80, 0x80], [0x80], [0xC3],
    ] {
      #expect(!Self.fits([0x22] + bytes + [0x22]), "\(bytes)")
    }
  }

  @Test func whatIsRefusedIsRefusedAtItsFirstWrongByte() throws {
    let value = try #require(Self.value)
    #expect(value.fit(of: #"{"a":1,}"#.utf8) == .none(after: 8))
    #expect(value.fit(of: #"{"a":1"#.utf8) == .beginning)
    #expect(value.fit(of: "12".utf8) == .whole(isLongest: false) && value.fit(of: "{}".utf8) == .whole(isLongest: true))
  }

  @Test func whatCouldNotBeEndedIsNotBegun() throws {
    let object = try #require(ByteGrammar.jsonObject)
    let deep = #"{"a":"# + String(repeating: "[", count: 100)
    guard case .none(let length) = object.fit(of: deep.utf8) else {
      Issue.record("nested without a limit")
      return
    }
    // With its ends, what was read before is a value that every reader takes.
    let depth = length - 1 - 5
    let text = deep.prefix(length - 1) + String(repeating: "]", count: depth) + "}"
    #expect(object.fit(of: text.utf8) == .whole(isLongest: true) && depth > 10)
    #expect(throws: Never.self) { try JSONParser.parse(String(text)) }
  }

  @Test func randomValuesFitAndWhatTheParserRefusesDoesNot() throws {
    var random = RandomStream(seed: 11, purpose: .sampling)
    var refused = 0
    for _ in 0..<400 {
      let text = Array(Self.randomValue(3, &random).compact.utf8)
      #expect(Self.fits(text), "\(String(decoding: text, as: UTF8.self))")
      for _ in 0..<10 {
        let changed = Self.changed(text, &random)
        let isJSON = (try? changed.withUnsafeBytes { try JSONParser.parse($0) }) != nil
        // Equal keys are no matter of grammar.
        let hasEqualKeys = Self.hasEqualKeys(changed)
        if !isJSON && !hasEqualKeys {
          refused += 1
          #expect(!Self.fits(changed), "\(String(decoding: changed, as: UTF8.self))")
        }
      }
    }
    #expect(refused > 1000)
  }

  private static func hasEqualKeys(_ text: [UInt8]) -> Bool {
    do {
      _ = try text.withUnsafeBytes { try JSONParser.parse($0) }
      return false
    } catch { return "\(error)".contains("occurs twice") }
  }

  private static func randomValue(_ depth: Int, _ random: inout RandomStream) -> JSONValue {
    switch Int.random(in: 0..<(depth > 0 ? 8 : 6), using: &random) {
    case 0: return .null
    case 1: return .boolean(.random(using: &random))
    case 2: return .integer(.random(in: -1_000_000...1_000_000, using: &random))
    case 3: return .number(Double.random(in: -1000...1000, using: &random))
    case 4, 5: return .string(randomText(&random))
    case 6: return .array((0..<Int.random(in: 0..<4, using: &random)).map { _ in randomValue(depth - 1, &random) })
    default:
      let members = (0..<Int.random(in: 0..<4, using: &random)).map { _ in
        (randomText(&random), randomValue(depth - 1, &random))
      }
      return .object(Dictionary(members) { $1 })
    }
  }

  private static func randomText(_ random: inout RandomStream) -> String {
    let characters: [Character] = ["a", "Z", " ", "\"", "\\", "\n", "\u{1}", "é", "€", "😀", "{", ",", "\u{7F}"]
    return String(
      (0..<Int.random(in: 0..<6, using: &random)).map { _ in characters.randomElement(using: &random) ?? "a" })
  }

  private static func changed(_ text: [UInt8], _ random: inout RandomStream) -> [UInt8] {
    var result = text
    let place = Int.random(in: 0..<text.count, using: &random)
    let bytes = Array("{}[],:\"\\ 0eu-.t".utf8) + [0x80, 0xC3, 0x0A]
    switch Int.random(in: 0..<3, using: &random) {
    case 0: result.remove(at: place)
    case 1: result.insert(bytes.randomElement(using: &random) ?? 0, at: place)
    default: result[place] = bytes.randomElement(using: &random) ?? 0
    }
    return result
  }
}
