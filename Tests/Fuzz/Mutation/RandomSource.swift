/// Random numbers that depend on nothing but a seed: splitmix64.
struct RandomSource: RandomNumberGenerator {
  private var state: UInt64

  /// - Parameter words: whatever tells this stream from others.
  init(_ words: UInt64...) {
    state = 0x9E37_79B9_7F4A_7C15
    for word in words {
      state ^= word
      state = next()
    }
  }

  mutating func next() -> UInt64 {
    state &+= 0x9E37_79B9_7F4A_7C15
    var mixed = (state ^ state >> 30) &* 0xBF58_476D_1CE4_E5B9
    mixed = (mixed ^ mixed >> 27) &* 0x94D0_49BB_1331_11EB
    return mixed ^ mixed >> 31
  }

  /// In 0..<limit, which must not be empty.
  mutating func number(below limit: Int) -> Int { Int(next() % UInt64(limit)) }

  mutating func element<Element>(of list: [Element]) -> Element { list[number(below: list.count)] }

  /// True in so many of a hundred cases.
  mutating func happens(percent: Int) -> Bool { number(below: 100) < percent }

  /// Mostly 1, seldom many.
  mutating func changeCount() -> Int { element(of: [1, 1, 1, 2, 3, 6]) }
}
