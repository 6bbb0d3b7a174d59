/// Spoils texts: bytes, words of their language, and lines.
struct TextMutator: Mutator {
  let seeds: [[UInt8]]
  private let words: [[UInt8]]
  /// What may stand behind `separator` on a line.
  private let values: [[UInt8]]
  private let separator: [UInt8]

  /// - Parameters:
  ///   - words: what means something in the language, right or wrong.
  ///   - values: what takes the place of all that follows the separator on a line.
  ///   - separator: empty for languages without lines.
  init(_ seeds: [String], words: [String], values: [String] = [], separator: String = "") {
    self.seeds = seeds.map { Array($0.utf8) }
    self.words = words.map { Array($0.utf8) }
    self.values = values.map { Array($0.utf8) }
    self.separator = Array(separator.utf8)
  }

  func mutant(of seed: Int, _ random: inout RandomSource) -> [UInt8] {
    var text = seeds[seed]
    for _ in 0..<random.changeCount() {
      if !separator.isEmpty, random.happens(percent: 60) {
        changeLine(&text, &random)
      } else {
        change(&text, &random)
      }
    }
    return text
  }

  /// Bytes that end something, or that are no text.
  private static let stray: [UInt8] = [0, 9, 10, 13, 27, 0x20, 0x7F, 0x80, 0xC0, 0xED, 0xF4, 0xFF]

  func change(_ text: inout [UInt8], _ random: inout RandomSource) {
    let place = random.number(below: text.count + 1)
    let end = min(text.count, place + 1 + random.number(below: random.happens(percent: 70) ? 6 : 60))
    switch random.number(below: 12) {
    case 0..<5: text.insert(contentsOf: random.element(of: words), at: place)
    case 5: if place < text.count { text.replaceSubrange(place..<end, with: random.element(of: words)) }
    case 6: if place < text.count { text[place] ^= 1 << UInt8(random.number(below: 8)) }
    case 7, 8: text.removeSubrange(place..<max(place, end))
    case 9: text.insert(contentsOf: Array(text[place..<max(place, end)]), at: random.number(below: text.count + 1))
    case 10: text.insert(random.element(of: Self.stray), at: place)
    default: if random.happens(percent: 30) { text.removeSubrange(place...) } else { splice(&text, at: place, &random) }
    }
  }

  /// Puts a part of any seed there.
  private func splice(_ text: inout [UInt8], at place: Int, _ random: inout RandomSource) {
    let other = random.element(of: seeds)
    let start = random.number(below: other.count)
    text.insert(contentsOf: other[start..<min(other.count, start + 1 + random.number(below: 80))], at: place)
  }

  private func changeLine(_ text: inout [UInt8], _ random: inout RandomSource) {
    var lines = text.split(separator: UInt8(ascii: "\n"), omittingEmptySubsequences: false).map(Array.init)
    let (line, other) = (random.number(below: lines.count), random.number(below: lines.count))
    switch random.number(below: 10) {
    case 0: lines.remove(at: line)
    case 1: lines.insert(lines[line], at: other)
    case 2: lines.swapAt(line, other)
    case 3: lines[line].insert(contentsOf: [0x20, 0x20], at: 0)
    default:
      if let mark = lines[line].firstRange(of: separator) {
        lines[line].replaceSubrange(mark.upperBound..., with: random.element(of: values))
      }
    }
    text = Array(lines.joined(separator: [UInt8(ascii: "\n")]))
  }
}
