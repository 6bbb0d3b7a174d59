/// Spoils JSON texts, for the most part so that they stay JSON: other values, keys twice, members that are not there.
struct JSONMutator: Mutator {
  let seeds: [[UInt8]]
  private let places: [JSONPlaces]
  private let values: [[UInt8]]
  private let text: TextMutator

  /// - Parameters:
  ///   - words: strings that mean something where these texts are read.
  ///   - values: the same for whole values.
  init(_ seeds: [String], words: [String] = [], values: [String] = []) {
    self.seeds = seeds.map { Array($0.utf8) }
    places = self.seeds.map(JSONPlaces.init)
    let all = Self.odd + values + values + words.map { "\"\($0)\"" }
    self.values = all.map { Array($0.utf8) }
    text = TextMutator(seeds, words: Self.syntax + words)
  }

  /// Of every type, and numbers at which something overflows, is divided by, or is asked of the system.
  private static let odd: [String] =
    [
      "null", "true", "false", "0", "-0", "1", "-1", "2", "3", "7", "16", "255", "256", "4096", "65536", "1048576",
      "16777216", "2147483647", "2147483648", "4294967295", "4294967296", "4611686018427387904",
      "9223372036854775807", "9223372036854775808", "-9223372036854775808", "18446744073709551616", "0.0", "0.5",
      "1.0", "1e308", "-1e308", "1e39", "1e-46", "5e-324", "1e400", "[]", "{}", "[[]]", "[null]", "[1,2]", "{\"\":0}",
      "{\"a\":{\"a\":{}}}", "\"\"", "\" \"", "\"x\"", "\"\\u0000\"", "\"\\u001b[31m\"", "\"\\ud83d\\ude00\"",
      "\"\\u202e\"", "\"e\\u0301\"", "\"\\ud800\"", "NaN", "-", "01", "1.", "\"../x\"", "\"<s>\"",
    ] + [
      "\"" + String(repeating: "x", count: 3000) + "\"", String(repeating: "9", count: 400),
      String(repeating: "[", count: 63) + String(repeating: "]", count: 63), String(repeating: "[", count: 300),
    ]

  static let syntax = [
    "{", "}", "[", "]", "\"", "\\", ",", ":", "null", "1e999", "-", "\\ud800", "\\u0000", "\n", "\u{FEFF}", "{\"a\":",
    "\\u001b[31m", "[[[[[[[[", "//", "'",
  ]

  func mutant(of seed: Int, _ random: inout RandomSource) -> [UInt8] {
    var edits: [(range: Range<Int>, text: [UInt8])] = []
    for _ in 0..<random.changeCount() {
      edits.append(edit(of: seed, &random))
    }
    var bytes = seeds[seed]
    // From the back, so that places stay what they are.
    var end = bytes.count
    for edit in edits.sorted(by: { $0.range.lowerBound > $1.range.lowerBound }) where edit.range.upperBound <= end {
      bytes.replaceSubrange(edit.range, with: edit.text)
      end = edit.range.lowerBound
    }
    if random.happens(percent: 20) { text.change(&bytes, &random) }
    return bytes
  }

  private func edit(of seed: Int, _ random: inout RandomSource) -> (Range<Int>, [UInt8]) {
    let (places, bytes) = (self.places[seed], seeds[seed])
    let value = random.element(of: places.values)
    switch random.number(below: 20) {
    case 0..<8: return (value, random.element(of: values))
    case 8..<11: return (value, someValue(&random))
    case 11 where !places.parts.isEmpty: return (Self.withComma(random.element(of: places.parts), bytes), [])
    case 12, 13:
      guard !places.parts.isEmpty else { break }
      let part = random.element(of: places.parts)
      return (part.lowerBound..<part.lowerBound, bytes[part] + [UInt8(ascii: ",")])
    case 14 where !places.keys.isEmpty:
      return (random.element(of: places.keys), random.happens(percent: 50) ? someKey(&random) : Array("\"x\"".utf8))
    case 15: return (value, [UInt8(ascii: "[")] + bytes[value] + [UInt8(ascii: "]")])
    case 16: return (value, Array("{\"a\":".utf8) + bytes[value] + [UInt8(ascii: "}")])
    case 17: return (value, Self.otherNumber(bytes[value], &random) ?? random.element(of: values))
    case 18 where value.count > 2 && bytes[value.lowerBound] == UInt8(ascii: "\""):
      let place = value.lowerBound + 1 + random.number(below: value.count - 2)
      return (
        place..<place, Array(random.element(of: ["\\n", "\\u0000", "\\ud800", " ", "\\\\", "é", "<|end|>", "▁"]).utf8)
      )
    default: break
    }
    return (value, someValue(&random))
  }

  /// A value of any seed.
  private func someValue(_ random: inout RandomSource) -> [UInt8] {
    let other = random.number(below: seeds.count)
    return Array(seeds[other][random.element(of: places[other].values)])
  }

  private func someKey(_ random: inout RandomSource) -> [UInt8] {
    let other = random.number(below: seeds.count)
    guard !places[other].keys.isEmpty else { return Array("\"\"".utf8) }
    return Array(seeds[other][random.element(of: places[other].keys)])
  }

  /// A part with the comma behind it, or else the one in front of it.
  private static func withComma(_ part: Range<Int>, _ text: [UInt8]) -> Range<Int> {
    let isSpace: (UInt8) -> Bool = { $0 == 0x20 || $0 == 0x0A }
    if let next = text[part.upperBound...].firstIndex(where: { !isSpace($0) }), text[next] == UInt8(ascii: ",") {
      return part.lowerBound..<next + 1
    }
    if let last = text[..<part.lowerBound].lastIndex(where: { !isSpace($0) }), text[last] == UInt8(ascii: ",") {
      return last..<part.upperBound
    }
    return part
  }

  private static func otherNumber(_ text: ArraySlice<UInt8>, _ random: inout RandomSource) -> [UInt8]? {
    guard let number = Int(String(decoding: text, as: UTF8.self)) else { return nil }
    let others = [number &+ 1, number &- 1, number &* 2, 0 &- number, number &* 1_000_003, number / 2]
    return Array("\(random.element(of: others))\(random.happens(percent: 10) ? ".5" : "")".utf8)
  }
}
