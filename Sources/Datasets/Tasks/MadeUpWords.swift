import Kernels

/// Short words that can be pronounced and mean nothing, drawn by seed.
struct MadeUpWords {
  private static let vowels = Array("aeiou")
  private static let consonants = Array("bcdfghjklmnpqrstvwxyz")
  /// c: a consonant, v: a vowel.
  private static let patterns = [
    "cvc", "vcv", "cvcv", "vcvc", "cvvc", "ccvc", "cvcc", "cvcvc", "vcvcv", "cvccv", "ccvcv",
  ]

  /// Chance would write them too.
  private static let avoided = [
    "fag", "cum", "nig", "tit", "sex", "rap", "dik", "dic", "fuk", "fuc", "cun", "pus", "ana", "anu", "coc", "kok",
    "cuk", "naz", "jew", "jap", "gay", "gyp", "kik", "slu", "who", "hoe", "die", "kil", "shi", "pis", "pee", "poo",
  ]

  private var random: RandomStream
  private var seen: Set<String> = []

  init(seed: UInt64) { random = RandomStream(seed: seed, purpose: .sampling) }

  /// A word that this object has not given before.
  mutating func next() -> String {
    while true {
      let word = String(pick(Self.patterns).map { pick($0 == "v" ? Self.vowels : Self.consonants) })
      if Self.avoided.contains(where: word.contains) || !seen.insert(word).inserted { continue }
      return word
    }
  }

  mutating func pick<Element>(_ elements: [Element]) -> Element { elements[number(below: elements.count)] }

  /// The bias of the remainder is below 2⁻⁵⁰ for bounds like these.
  mutating func number(below bound: Int) -> Int { Int(random.next() % UInt64(bound)) }

  mutating func shuffle<Element>(_ elements: inout [Element]) {
    for last in stride(from: elements.count - 1, to: 0, by: -1) { elements.swapAt(last, number(below: last + 1)) }
  }
}
