import Kernels

/// Spoilt copies of JSON texts: some still JSON, some not even text.
struct TextMutants {
  private var random: RandomStream

  init(seed: UInt64) { random = RandomStream(seed: seed, purpose: .shuffle) }

  mutating func number(below limit: Int) -> Int { Int.random(in: 0..<limit, using: &random) }

  mutating func element<Element>(of list: [Element]) -> Element { list[number(below: list.count)] }

  /// Values of every type, and numbers where something might overflow, divide by zero or allocate.
  static let values =
    [
      "0", "-1", "1", "2", "3", "5", "7", "16", "4095", "4096", "65536", "1048576", "4194304", "16777216", "67108864",
      "2147483647", "4294967296", "9223372036854775807", "9223372036854775808", "-9223372036854775808",
      "18446744073709551616", "-0", "0.0", "1.0", "0.5", "1e308", "-1e308", "5e-324", "1e-46", "1e39", "1e400",
      "1e-400", "01", "1.", "-", "+1", "NaN", "Infinity", "null", "true", "false", "\"\"", "\"x\"", "\"0\"",
      "\"../x\"", "\"a\\u001b[2Jb\\nc\\u202e\"", "\"\\u0000\"", "\"\\ud800\"", "[]", "{}", "[0]", "[null]", "[1,2]",
      "[\"x\",\"y\"]", "[[]]", "{\"a\":1}", "nul", "",
    ] + [
      "\"" + String(repeating: "x", count: 20_000) + "\"", String(repeating: "9", count: 400),
      String(repeating: "[", count: 100), String(repeating: "[", count: 60) + String(repeating: "]", count: 60),
      "[" + String(repeating: "{},", count: 2000) + "1]",
    ]

  /// Changes one member, or makes two of it.
  /// - Returns: the key of the member.
  mutating func changeMember(of draft: inout JSONDraft, to values: [String] = values) -> String? {
    let (member, kind, value) = (number(below: draft.memberCount), number(below: 12), element(of: values))
    let other = number(below: 1 << 20)
    return draft.change(member: member) { members, index in
      switch kind {
      case 0: members.remove(at: index)
      case 1: members.append(members[index])
      case 2: members.insert(JSONDraft.Member(key: members[index].key, value: .text(value)), at: 0)
      case 3: members[index].value = .list([members[index].value])
      case 4: members[index].value = .object([members[index]])
      case 5: members[index].value = members[other % members.count].value
      default: members[index].value = .text(value)
      }
    }
  }

  /// Flips, removes, inserts and repeats bytes, or cuts the text off.
  mutating func spoil(_ text: String) -> [UInt8] {
    var bytes = Array(text.utf8)
    for _ in 0...number(below: 3) where !bytes.isEmpty {
      let place = number(below: bytes.count)
      let end = min(bytes.count, place + 1 + number(below: 40))
      switch number(below: 7) {
      case 0: bytes[place] = UInt8(number(below: 256))
      case 1: bytes[place] ^= 1 << UInt8(number(below: 8))
      case 2: bytes.remove(at: place)
      case 3: bytes.insert(element(of: Array("0123456789-.eE\"{}[],:\\ \n".utf8)), at: place)
      case 4: bytes.removeSubrange(place..<end)
      case 5: bytes.insert(contentsOf: bytes[place..<end], at: number(below: bytes.count + 1))
      default: bytes.removeSubrange((number(below: 4) == 0 ? place : bytes.count - 1)...)
      }
    }
    return bytes
  }
}
