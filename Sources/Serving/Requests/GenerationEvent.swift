import Inference

/// What a request gets to hear, in order. The last is ``completed(_:)``, unless the stream ends with an error.
public enum GenerationEvent: Equatable, Sendable {
  case piece(GenerationPiece)
  /// A choice is over.
  case finished(choice: Int, FinishReason)
  /// All choices are over.
  case completed(Usage)
}

/// Some tokens of a choice and the text they complete.
public struct GenerationPiece: Equatable, Sendable {
  public let choice: Int
  /// Never ends within a character; empty only where the last tokens of a choice have none.
  public let text: String
  /// Those since the piece before, with their log-probabilities where the request asks for them.
  public let tokens: [GenerationState.Step]
}

/// The tokens of a request.
public struct Usage: Equatable, Sendable {
  public let promptTokens: Int
  /// Those of the prompt that were not computed, because a sequence that began with them was still there.
  public let cachedTokens: Int
  /// Of all choices, stop tokens included.
  public let completionTokens: Int

  public init(promptTokens: Int, cachedTokens: Int, completionTokens: Int) {
    (self.promptTokens, self.cachedTokens) = (promptTokens, cachedTokens)
    self.completionTokens = completionTokens
  }
}

extension GenerationRequest {
  /// The answer to a request for no tokens; nil for others.
  var eventsWithoutTokens: [GenerationEvent]? {
    guard options.maximumNewTokens == 0 else { return nil }
    return (0..<choices).map { .finished(choice: $0, .maximumNewTokens) }
      + [.completed(Usage(promptTokens: prompt.count, cachedTokens: 0, completionTokens: 0))]
  }
}
