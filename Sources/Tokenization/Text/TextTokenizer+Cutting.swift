extension TextTokenizer {
  public func safeCut(in text: UnsafeRawBufferPointer, near position: Int) -> Int {
    let text = TextBytes(text.bindMemory(to: UInt8.self))
    let near = min(max(0, position), text.count)
    if model.units == .bytes, pipeline.splitters.isEmpty, model.pairs.count == 0, addedTokens.isEmpty { return near }
    var cut = near
    while cut > 0 {
      if isSafe(cut, text) { return cut }
      cut -= 1
    }
    cut = near + 1
    while cut < text.count {
      if isSafe(cut, text) { return cut }
      cut += 1
    }
    return text.count
  }

  /// Whether nothing that encoding does reaches over `cut`, in any of the patterns: in front of one space between two
  /// characters that are none, or behind one line feed between two such.
  private func isSafe(_ cut: Int, _ text: TextBytes) -> Bool {
    guard cut > 0, cut < text.count else { return false }
    let isBytes = model.units == .bytes
    // A space in front of every section stands in front of the second part, too.
    if pipeline.spacePrefix == .everySection { return false }
    if isBytes ? pipeline.splitters.isEmpty : !(model.isCutBeforeSpaces || pipeline.isCutAtSpaces) { return false }
    let (before, after): (Int?, Int)
    if text.bytes[cut] == UInt8(ascii: " ") {
      (before, after) = (text.startOfCharacter(before: cut), cut + 1)
    } else if isBytes, pipeline.spacePrefix == .none, text.bytes[cut - 1] == UInt8(ascii: "\n"), text.bytes[cut] != UInt8(ascii: "/") {
      (before, after) = (text.startOfCharacter(before: cut - 1), cut)
    } else {
      return false
    }
    guard let before, after < text.count, isInk(before, text), isInk(after, text) else { return false }
    // What is between the matches of a pattern goes on across spaces; a letter is always matched.
    if isBytes, !pipeline.splitters.contains(where: \.matchesEverything), !isLetter(text.bytes[after]) { return false }
    return !rawMatcher.touches(cut, in: text, withSpecial: true)
      && !normalizedMatcher.touches(cut, in: text, withSpecial: true)
  }

  private func isLetter(_ byte: UInt8) -> Bool { (0x61...0x7A).contains(byte | 0x20) }

  /// A character that is neither white space, nor looks like it to a vocabulary of characters, nor changes what stands
  /// before it.
  private func isInk(_ position: Int, _ text: TextBytes) -> Bool {
    var length = 1
    let classes = text.classes(at: position, length: &length)
    guard classes != .whiteSpace, classes != .marks else { return false }
    let scalar = text.scalar(at: position, length: &length)
    return scalar != TextBytes.invalid && scalar != 0x2581
  }
}
