/// Why a request is refused or ends without an answer.
public enum ServingError: Error, Equatable, Sendable, CustomStringConvertible {
  /// - Parameter retryAfter: when the queue is likely to have room, whole seconds.
  case queueFull(waiting: Int, retryAfter: Duration)
  /// A prompt is never cut.
  case contextLengthExceeded(promptTokens: Int, limit: Int)
  /// Every choice needs a slot.
  case tooManyChoices(requested: Int, slots: Int)
  case queueWaitExceeded(limit: Duration)
  case requestTimedOut(limit: Duration)
  case cancelled
  case shuttingDown

  public var description: String {
    switch self {
    case .queueFull(let waiting, let retryAfter):
      "\(waiting) requests are waiting already. Try again in \(retryAfter.components.seconds) s."
    case .contextLengthExceeded(let promptTokens, let limit):
      "the prompt has \(promptTokens) tokens, and the context holds \(limit). Shorten the prompt."
    case .tooManyChoices(let requested, let slots):
      "\(requested) choices were asked for, and at most \(slots) are computed at a time. Ask for fewer."
    case .queueWaitExceeded(let limit):
      "the request waited for more than \(limit) without its turn. Try again later."
    case .requestTimedOut(let limit):
      "the request took more than \(limit). Ask for fewer tokens, or try again later."
    case .cancelled: "the request was cancelled."
    case .shuttingDown: "the service is shutting down. Try again later."
    }
  }
}
