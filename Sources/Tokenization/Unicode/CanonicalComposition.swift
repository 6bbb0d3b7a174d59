/// Canonical composition (NFC, Unicode Standard Annex 15).
///
/// Bytes that belong to no character stay where they are and keep what is around them apart.
enum CanonicalComposition {
  private static let unstable = CharacterTable(runs: CompositionTable.unstableRuns)
  private static let combining = CharacterTable(runs: CompositionTable.combiningRuns)
  private static let decompositions: [UInt32: (UInt32, UInt32)] = {
    var parts: [UInt32: (UInt32, UInt32)] = [:]
    for (code, first, second) in TableText.triples(CompositionTable.decompositions) { parts[code] = (first, second) }
    return parts
  }()
  private static let compositions: [UInt64: UInt32] = {
    var composed: [UInt64: UInt32] = [:]
    for (first, second, code) in TableText.triples(CompositionTable.compositions) {
      composed[UInt64(first) << 32 | UInt64(second)] = code
    }
    return composed
  }()

  /// The composed text; nil if it is composed already.
  static func composed(_ text: TextBytes) -> [UInt8]? {
    guard var position = firstUnstable(text, from: 0) else { return nil }
    var result = [UInt8](UnsafeBufferPointer(start: text.bytes, count: text.startOfCharacter(before: position) ?? 0))
    result.reserveCapacity(text.count)
    position = result.count
    // Only the neighbourhood of characters that composition may change is taken apart.
    while position < text.count {
      let unstable = firstUnstable(text, from: position) ?? text.count
      let begin = unstable < text.count ? max(position, text.startOfCharacter(before: unstable) ?? unstable) : unstable
      result.append(contentsOf: UnsafeBufferPointer(start: text.bytes + position, count: begin - position))
      guard unstable < text.count else { break }
      position = compose(text, from: begin, through: unstable, into: &result)
    }
    return result
  }

  private static func isUnstable(_ scalar: UInt32) -> Bool { scalar != TextBytes.invalid && unstable[scalar] != 0 }

  private static func firstUnstable(_ text: TextBytes, from start: Int) -> Int? {
    var position = start
    var length = 1
    while position < text.count {
      // Nothing before U+0300 is changed by what stands before it.
      if text.bytes[position] < 0xCC {
        position += 1
        continue
      }
      if isUnstable(text.scalar(at: position, length: &length)) { return position }
      position += length
    }
    return nil
  }

  /// Composes the stretch of text that begins at `begin` and ends before the next stable character.
  private static func compose(
    _ text: TextBytes, from begin: Int, through unstable: Int, into result: inout [UInt8]
  ) -> Int {
    var scalars: [UInt32] = []
    var position = begin
    var length = 1
    while position < text.count {
      let scalar = text.scalar(at: position, length: &length)
      if position > unstable, !isUnstable(scalar) { break }
      if scalar == TextBytes.invalid {
        flush(&scalars, into: &result)
        result.append(text.bytes[position])
      } else {
        decompose(scalar, into: &scalars)
      }
      position += length
    }
    flush(&scalars, into: &result)
    return position
  }

  private static func decompose(_ scalar: UInt32, into scalars: inout [UInt32]) {
    if (0xAC00..<0xAC00 + 11172).contains(scalar) {
      let index = scalar - 0xAC00
      scalars.append(0x1100 + index / 588)
      scalars.append(0x1161 + index % 588 / 28)
      if !index.isMultiple(of: 28) { scalars.append(0x11A7 + index % 28) }
    } else if let (first, second) = decompositions[scalar] {
      decompose(first, into: &scalars)
      if second != 0 { decompose(second, into: &scalars) }
    } else {
      scalars.append(scalar)
    }
  }

  private static func flush(_ scalars: inout [UInt32], into result: inout [UInt8]) {
    order(&scalars)
    compose(&scalars)
    for scalar in scalars {
      if let scalar = Unicode.Scalar(scalar) { result.append(contentsOf: UTF8.encode(scalar) ?? .init()) }
    }
    scalars.removeAll(keepingCapacity: true)
  }

  /// Sorts each run of combining characters by class; equal ones keep their order.
  private static func order(_ scalars: inout [UInt32]) {
    var begin = 0
    while begin < scalars.count {
      guard combining[scalars[begin]] != 0 else {
        begin += 1
        continue
      }
      let end = scalars[begin...].firstIndex { combining[$0] == 0 } ?? scalars.count
      let sorted = scalars[begin..<end].enumerated().sorted {
        (combining[$0.element], $0.offset) < (combining[$1.element], $1.offset)
      }
      scalars.replaceSubrange(begin..<end, with: sorted.map(\.element))
      begin = end
    }
  }

  private static func compose(_ scalars: inout [UInt32]) {
    var result: [UInt32] = []
    result.reserveCapacity(scalars.count)
    var starter: Int?
    var lastClass: UInt8 = 0
    for scalar in scalars {
      let order = combining[scalar]
      // Blocked: something of the same or a higher class, or a starter, stands between.
      if let index = starter, result.count == index + 1 || lastClass < order && lastClass != 0,
        let composed = composition(result[index], scalar)
      {
        result[index] = composed
        continue
      }
      if order == 0 { starter = result.count }
      lastClass = order
      result.append(scalar)
    }
    scalars = result
  }

  private static func composition(_ first: UInt32, _ second: UInt32) -> UInt32? {
    if (0x1100..<0x1113).contains(first), (0x1161..<0x1176).contains(second) {
      return 0xAC00 + ((first - 0x1100) * 21 + second - 0x1161) * 28
    }
    if (0xAC00..<0xAC00 + 11172).contains(first), (first - 0xAC00).isMultiple(of: 28),
      (0x11A8..<0x11C3).contains(second)
    {
      return first + second - 0x11A7
    }
    return compositions[UInt64(first) << 32 | UInt64(second)]
  }
}
