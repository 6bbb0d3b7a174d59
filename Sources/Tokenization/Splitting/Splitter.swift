/// One step of a pre-tokenizer: cuts a text into pieces, between which no merge happens.
///
/// A splitter that follows another gets the pieces of that one, each as a text of its own.
enum Splitter: Hashable, Sendable {
  /// The pattern of GPT-2.
  case gpt2
  /// The pattern of Llama 3, which Qwen has with single digits.
  case llama3(digits: Int)
  /// The pattern of GPT-4o, which Tekken has with single digits and without contractions.
  case cased(digits: Int, contractions: Bool)
  case runs(RunPattern)
  /// `\s+$`
  case trailingWhiteSpace

  /// Where the piece ends that begins at `start`, which is within the text.
  @inline(__always)
  func endOfPiece(_ text: TextBytes, from start: Int) -> Int {
    switch self {
    case .gpt2: GPT2Pattern.endOfPiece(text, from: start)
    case .llama3(let digits): Llama3Pattern.endOfPiece(text, from: start, digits: digits)
    case .cased(let digits, let contractions):
      CasedPattern.endOfPiece(text, from: start, digits: digits, contractions: contractions)
    case .runs(let pattern): pattern.endOfPiece(text, from: start)
    case .trailingWhiteSpace: TrailingWhiteSpace.endOfPiece(text, from: start)
    }
  }
}

extension [Splitter] {
  /// Calls `body` with the range of every piece of the text, from left to right.
  @inline(__always)
  func forEachPiece(_ text: TextBytes, _ body: (Range<Int>) -> Void) {
    if count == 1 {
      let splitter = self[0]
      var start = 0
      while start < text.count {
        let end = splitter.endOfPiece(text, from: start)
        body(start..<end)
        start = end
      }
    } else if !isEmpty {
      split(text, 0..<text.count, step: 0, body)
    } else if text.count > 0 {
      body(0..<text.count)
    }
  }

  private func split(_ text: TextBytes, _ range: Range<Int>, step: Int, _ body: (Range<Int>) -> Void) {
    guard step < count else { return body(range) }
    let part = text.part(range)
    var start = 0
    while start < part.count {
      let end = self[step].endOfPiece(part, from: start)
      split(text, range.lowerBound + start..<range.lowerBound + end, step: step + 1, body)
      start = end
    }
  }
}
