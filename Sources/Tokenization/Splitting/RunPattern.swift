/// `set{minimum,maximum}`, perhaps with one white-space character in front: each match is a piece, and so is what lies
/// between two of them.
struct RunPattern: Hashable, Sendable {
  enum Set: Hashable, Sendable {
    case classes(CharacterClasses)
    /// Sorted, apart from each other.
    case codes([ClosedRange<UInt32>])
    /// `classes` and ASCII symbols.
    case punctuationAndSymbols
    /// `\p{N}` as the `Digits` of Hugging Face has it, which is at Unicode 17 where the patterns are at 16.
    case digits

    @inline(__always)
    func contains(_ text: TextBytes, _ position: Int, length: inout Int) -> Bool {
      switch self {
      case .classes(let set): return !set.isDisjoint(with: text.classes(at: position, length: &length))
      case .codes(let ranges):
        let scalar = text.scalar(at: position, length: &length)
        return ranges.contains { $0.contains(scalar) }
      case .punctuationAndSymbols:
        if text.classes(at: position, length: &length) == .punctuation { return true }
        return #"$+<=>^~|`"#.utf8.contains(text.bytes[position])
      case .digits:
        if text.classes(at: position, length: &length) == .numbers { return true }
        guard length == 4 else { return false }
        let scalar = text.scalar(at: position, length: &length)
        return (0x11DE0...0x11DE9).contains(scalar) || (0x16FF4...0x16FF6).contains(scalar)
      }
    }
  }

  let set: Set
  var minimum = 1
  var maximum = Int.max
  var allowsSpace = false

  func endOfPiece(_ text: TextBytes, from start: Int) -> Int {
    if let end = endOfMatch(text, from: start) { return end }
    var position = start
    var length = 1
    repeat {
      _ = text.scalar(at: position, length: &length)
      position += length
    } while position < text.count && endOfMatch(text, from: position) == nil
    return position
  }

  /// The end of the match that begins at `start`; nil if none does.
  @inline(__always)
  private func endOfMatch(_ text: TextBytes, from start: Int) -> Int? {
    if let end = endOfRun(text, from: start) { return end }
    guard allowsSpace else { return nil }
    var length = 1
    guard text.classes(at: start, length: &length) == .whiteSpace else { return nil }
    return endOfRun(text, from: start + length)
  }

  @inline(__always)
  private func endOfRun(_ text: TextBytes, from start: Int) -> Int? {
    var position = start
    var length = 1
    var found = 0
    while found < maximum, position < text.count, set.contains(text, position, length: &length) {
      position += length
      found += 1
    }
    return found >= minimum ? position : nil
  }
}
