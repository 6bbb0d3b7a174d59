import Inference

/// The events of a request as a filter lets them pass. Pieces come out without their tokens, which would tell what is hidden.
public struct FilteredAnswer: Sendable {
  private var texts: [FilteredText]

  public init(_ filter: any ContentFilter, choices: Int) {
    texts = [FilteredText](repeating: FilteredText(filter), count: choices)
  }

  /// Whether nothing more will pass.
  public var isRefused: Bool { texts.allSatisfy(\.isRefused) }

  /// - Returns: what there is to tell by now.
  public mutating func filter(_ event: GenerationEvent) -> [GenerationEvent] {
    switch event {
    case .piece(let piece): pass(piece.choice) { $0.append(piece.text) }
    case .finished(let choice, let reason):
      if texts[choice].isRefused {
        []
      } else {
        pass(choice) { $0.finish() } + (texts[choice].isRefused ? [] : [.finished(choice: choice, reason)])
      }
    case .completed: [event]
    }
  }

  private mutating func pass(_ choice: Int, _ body: (inout FilteredText) -> String) -> [GenerationEvent] {
    guard !texts[choice].isRefused else { return [] }
    let text = body(&texts[choice])
    let passed: [GenerationEvent] =
      text.isEmpty ? [] : [.piece(GenerationPiece(choice: choice, text: text, tokens: []))]
    return passed + (texts[choice].isRefused ? [.finished(choice: choice, .contentFilter)] : [])
  }
}
