import Tokenization

/// The texts of a vocabulary by their beginnings: what begins in the same way is looked at once.
public final class VocabularyTrie: Sendable {
  let vocabularySize: Int
  /// Per node its last byte, in the order of a walk that goes down first.
  private let bytes: [UInt8]
  private let depths: [UInt16]
  /// Per node, the next one that does not begin with it.
  private let ends: [Int32]
  /// Per node, where its tokens begin in `tokens`; they end where those of the next node begin.
  private let firstTokens: [Int32]
  /// In the order of a walk.
  private let tokens: [Int32]
  private let depth: Int

  /// - Parameter tokenizer: its special tokens stand for no text and are left out.
  public init(_ tokenizer: some Tokenizer) {
    vocabularySize = tokenizer.vocabularySize
    let texts = (0..<Int32(tokenizer.vocabularySize)).map { token in
      (try? tokenizer.decodeContinuation(CollectionOfOne(token), skippingSpecialTokens: true)) ?? []
    }
    let tokens = texts.indices.filter { !texts[$0].isEmpty && texts[$0].count < UInt16.max }
      .sorted { texts[$0].lexicographicallyPrecedes(texts[$1]) }
    var (bytes, depths, ends, firstTokens): ([UInt8], [UInt16], [Int32], [Int32]) = ([], [], [], [])
    var path: [Int] = []
    var last: [UInt8] = []
    for (place, token) in tokens.enumerated() {
      let text = texts[token]
      let common = zip(text, last).prefix { $0 == $1 }.count
      for node in path[common...] { ends[node] = Int32(bytes.count) }
      path.removeLast(path.count - common)
      for depth in common..<text.count {
        path.append(bytes.count)
        bytes.append(text[depth])
        depths.append(UInt16(depth))
        ends.append(0)
        firstTokens.append(Int32(place))
      }
      last = text
    }
    for node in path { ends[node] = Int32(bytes.count) }
    (self.bytes, self.depths, self.ends) = (bytes, depths, ends)
    self.firstTokens = firstTokens + [Int32(tokens.count)]
    self.tokens = tokens.map(Int32.init)
    depth = texts.map(\.count).max() ?? 0
  }

  /// The tokens whose bytes may come next.
  func allowedTokens(_ automaton: inout GrammarAutomaton, after state: GrammarAutomaton.State) -> TokenMask {
    var mask = TokenMask(count: vocabularySize)
    var states = [GrammarAutomaton.State](repeating: state, count: depth + 1)
    var node = 0
    while node < bytes.count {
      let depth = Int(depths[node])
      let next = automaton.next(states[depth], bytes[node])
      guard next != GrammarAutomaton.dead else {
        node = Int(ends[node])
        continue
      }
      states[depth + 1] = next
      for place in Int(firstTokens[node])..<Int(firstTokens[node + 1]) { mask.allow(tokens[place]) }
      node += 1
    }
    return mask
  }
}
