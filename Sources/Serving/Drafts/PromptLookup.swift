/// Guesses the next tokens of a text from the text itself: what came after its last words when they came before (prompt
/// lookup). Pauses where the guesses are no good.
package struct PromptLookup: Sendable {
  /// Words that have to agree, from the most to the fewest tokens.
  private static let lengths = [3, 2]
  /// How much of the past the share of good guesses remembers.
  private static let memory = 0.9
  /// Below it, a row more in the forward pass costs more than it saves.
  private static let leastShare = 0.25
  /// Tokens without guesses, before it is tried again.
  private static let pauseLength = 64

  private var share = 0.6
  private var pause = 0

  package init() {}

  /// What may come behind `text`, `count` tokens or, often, none.
  package mutating func draft(after text: [Int32], count: Int) -> [Int32] {
    guard count > 0 else { return [] }
    guard pause == 0 else {
      pause -= 1
      return []
    }
    for length in Self.lengths {
      if let place = Self.lastPlace(of: text.suffix(length), in: text) {
        return Self.continuation(of: text, from: place, count: count)
      }
    }
    return []
  }

  /// - Parameters:
  ///   - accepted: how many of the `drafted` tokens were what was drawn.
  package mutating func learn(accepted: Int, drafted: Int) {
    guard drafted > 0 else { return }
    share = Self.memory * share + (1 - Self.memory) * Double(accepted) / Double(drafted)
    guard share < Self.leastShare else { return }
    (pause, share) = (Self.pauseLength, 2 * Self.leastShare)
  }

  /// Goes on from `place` and, where the text ends, from what was added: what repeats itself is taken to go on so.
  private static func continuation(of text: [Int32], from place: Int, count: Int) -> [Int32] {
    var added: [Int32] = []
    for index in place..<place + count { added.append(index < text.count ? text[index] : added[index - text.count]) }
    return added
  }

  /// Behind the last occurrence of `words` that does not end the text.
  private static func lastPlace(of words: ArraySlice<Int32>, in text: [Int32]) -> Int? {
    guard let last = words.last, text.count > words.count else { return nil }
    for end in stride(from: text.count - 2, through: words.count - 1, by: -1)
    where text[end] == last && text[end - words.count + 1...end].elementsEqual(words) {
      return end + 1
    }
    return nil
  }
}
