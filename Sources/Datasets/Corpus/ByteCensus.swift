/// Counts in samples of a text what texts have few of.
struct ByteCensus {
  struct Tally {
    var count = 0
    /// The place of the first one that was seen.
    var first: Int?

    mutating func add(_ place: Int) {
      count += 1
      if first == nil { first = place }
    }
  }

  private(set) var byteCount = 0
  private(set) var nul = Tally()
  /// Characters below space that texts do not have, those of terminals (backspace, escape) excepted.
  private(set) var control = Tally()
  /// Bytes of no well-formed UTF-8.
  private(set) var invalid = Tally()
  /// Those of them that have ASCII on both sides.
  private(set) var loneBytes = 0
  /// Zeros by their place in groups of four.
  private var zerosByPlace = [0, 0, 0, 0]

  /// - Parameters:
  ///   - offset: of the sample in the text, a multiple of 4.
  ///   - isEnd: whether the text ends with the sample; else a character may be cut off.
  mutating func add(_ sample: [UInt8], at offset: Int, isEnd: Bool) {
    byteCount += sample.count
    sample.withUnsafeBytes { bytes in
      var position = 0
      if offset > 0 { while position < min(3, bytes.count), bytes[position] & 0xC0 == 0x80 { position += 1 } }
      while position < bytes.count {
        let byte = bytes[position]
        if byte < 0x20 || byte == 0x7F { count(byte, at: offset + position) }
        let length = UTF8Sequence.length(bytes, at: position)
        if length == 0 {
          if !isEnd, bytes.count - position < 4, byte >= 0xC2 { return }
          invalid.add(offset + position)
          let isAlone =
            (position == 0 || bytes[position - 1] < 0x80)
            && (position + 1 == bytes.count || bytes[position + 1] < 0x80)
          if isAlone { loneBytes += 1 }
        }
        position += max(1, length)
      }
    }
  }

  private mutating func count(_ byte: UInt8, at place: Int) {
    switch byte {
    case 0:
      nul.add(place)
      control.add(place)
      zerosByPlace[place % 4] += 1
    case 0x08...0x0D, 0x1B: break
    default: control.add(place)
    }
  }

  /// UTF-16 or UTF-32 without a mark at its beginning, told by the places of the zeros; nil for anything else.
  var wideEncoding: String? {
    let group = max(1, byteCount / 4)
    let shares = zerosByPlace.map { Double($0) / Double(group) }
    // The upper halves of ASCII and its neighbours are zeros, the lower ones never.
    func match(_ many: [Int], _ none: [Int]) -> Bool {
      many.allSatisfy { shares[$0] > 0.4 } && none.allSatisfy { shares[$0] < 0.02 }
    }
    guard byteCount >= 16 else { return nil }
    if match([1, 2, 3], [0]) { return "UTF-32LE" }
    if match([0, 1, 2], [3]) { return "UTF-32BE" }
    if match([1, 3], [0, 2]) { return "UTF-16LE" }
    if match([0, 2], [1, 3]) { return "UTF-16BE" }
    return nil
  }
}
