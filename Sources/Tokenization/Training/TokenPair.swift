/// Two neighbouring tokens; ordered by the left id, then the right.
struct TokenPair: Hashable, Comparable {
  /// The left id in the high half.
  let key: UInt64

  var left: UInt32 { UInt32(truncatingIfNeeded: key >> 32) }
  var right: UInt32 { UInt32(truncatingIfNeeded: key) }

  init(_ left: UInt32, _ right: UInt32) { key = UInt64(left) << 32 | UInt64(right) }

  static func < (a: TokenPair, b: TokenPair) -> Bool { a.key < b.key }
}
