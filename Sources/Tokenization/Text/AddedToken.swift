/// A token that is found in a text as a whole, before anything else is done to it.
struct AddedToken: Equatable, Sendable {
  let id: Int32
  let content: String
  /// Special ones have a meaning of their own; the others are ordinary text that happens to be one token, and are found
  /// in every text.
  var isSpecial = true
  /// Only where neither neighbour belongs to a word.
  var isSingleWord = false
  /// Takes the white space on its left with it.
  var stripsLeft = false
  var stripsRight = false
  /// Is looked for after the normaliser.
  var isNormalized = false
}

/// Finds added tokens in a text: always the leftmost, of several there the longest.
struct AddedTokenMatcher: Sendable {
  struct Match {
    let token: AddedToken
    /// With the white space that the token takes.
    let range: Range<Int>
  }

  private let tokens: [AddedToken]
  /// Nodes of the tree of all contents, by parent and byte.
  private var children = PairTable(capacity: 16)
  /// The token that ends at each node, or -1.
  private var ends: [Int] = [-1]
  private var isFirst = [Bool](repeating: false, count: 256)

  /// - Parameter spelling: how the content of a token stands in the text.
  init(_ tokens: [AddedToken], spelling: (AddedToken) -> [UInt8] = { Array($0.content.utf8) }) {
    self.tokens = tokens
    for (index, token) in tokens.enumerated() {
      let bytes = spelling(token)
      guard let first = bytes.first else { continue }
      isFirst[Int(first)] = true
      var node: UInt32 = 0
      for byte in bytes {
        if let child = children[node, UInt32(byte)] {
          node = child.result
        } else {
          let child = UInt32(ends.count)
          ends.append(-1)
          children.insert(node, UInt32(byte), PairTable.Merge(rank: 0, result: child))
          node = child
        }
      }
      if ends[Int(node)] < 0 { ends[Int(node)] = index }
    }
  }

  var isEmpty: Bool { ends.count == 1 }

  /// The matches in a text; what was matched and does not count stays text.
  func matches(in text: TextBytes, withSpecial: Bool) -> [Match] {
    guard !isEmpty else { return [] }
    var matches: [Match] = []
    var position = 0
    var last = 0
    children.withReader { children in
      while position < text.count {
        guard isFirst[Int(text.bytes[position])], let found = longest(text, position, children) else {
          position += 1
          continue
        }
        let token = tokens[found.index]
        let start = position
        position = found.end
        guard withSpecial || !token.isSpecial, !token.isSingleWord || Self.standsAlone(text, start..<found.end),
          start >= last
        else { continue }
        let lower = token.stripsLeft ? max(last, Self.whiteSpaceStart(text, before: start)) : start
        let upper = token.stripsRight ? Self.whiteSpaceEnd(text, from: found.end) : found.end
        matches.append(Match(token: token, range: lower..<upper))
        last = upper
      }
    }
    return matches
  }

  /// Whether some token's text touches `position` or covers it.
  func touches(_ position: Int, in text: TextBytes, withSpecial: Bool) -> Bool {
    guard !isEmpty else { return false }
    let longest = tokens.reduce(0) { max($0, $1.content.utf8.count + 1) }
    return children.withReader { children in
      for start in max(0, position - longest)...position where start < text.count {
        var node: UInt32 = 0
        var end = start
        while end < text.count {
          let child = children.merge(node, UInt32(text.bytes[end]))
          guard child.rank != PairTable.noRank else { break }
          node = child.result
          end += 1
          let index = ends[Int(node)]
          if index >= 0, end >= position, withSpecial || !tokens[index].isSpecial { return true }
        }
      }
      return false
    }
  }

  @inline(__always)
  private func longest(
    _ text: TextBytes, _ start: Int, _ children: PairTable.Reader
  ) -> (index: Int, end: Int)? {
    var node: UInt32 = 0
    var end = start
    var found: (index: Int, end: Int)?
    while end < text.count {
      let child = children.merge(node, UInt32(text.bytes[end]))
      guard child.rank != PairTable.noRank else { break }
      node = child.result
      end += 1
      if ends[Int(node)] >= 0 { found = (ends[Int(node)], end) }
    }
    return found
  }

  private static func standsAlone(_ text: TextBytes, _ range: Range<Int>) -> Bool {
    var length = 1
    if range.upperBound < text.count {
      let scalar = text.scalar(at: range.upperBound, length: &length)
      if scalar != TextBytes.invalid, CharacterTable.words[scalar] != 0 { return false }
    }
    guard let before = text.startOfCharacter(before: range.lowerBound) else { return true }
    let scalar = text.scalar(at: before, length: &length)
    return scalar == TextBytes.invalid || CharacterTable.words[scalar] == 0
  }

  private static func whiteSpaceEnd(_ text: TextBytes, from start: Int) -> Int {
    text.endOfRun(.whiteSpace, from: start)
  }

  private static func whiteSpaceStart(_ text: TextBytes, before end: Int) -> Int {
    var start = end
    var length = 1
    while let before = text.startOfCharacter(before: start), text.classes(at: before, length: &length) == .whiteSpace {
      start = before
    }
    return start
  }
}
