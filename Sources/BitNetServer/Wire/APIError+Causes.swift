import FileFormats
import Inference
import Serving
import Templates
import Tokenization

extension APIError {
  /// What a client is told of an error. Of errors that are not his, only that they occurred.
  package init(_ error: any Error) {
    switch error {
    case let error as APIError: self = error
    case let error as ServingError: self.init(error)
    case let error as InferenceError: self.init(error)
    case let error as TokenBudgetError: self.init(error)
    case let error as JSONSyntaxError:
      self = .invalid("the body is not JSON: \(error)", code: "invalid_json")
    case let error as ChatTemplateError: self = .invalid("\(error)", param: "messages")
    case let error as ChatRequestError: self = .invalid("\(error)", param: "messages")
    case let error as SamplingOptionsError: self = .invalid("\(error)")
    case let error as TokenizerError: self = .invalid("\(error)", param: "prompt")
    case is CancellationError: self.init(ServingError.cancelled)
    default:
      self.init(
        status: 500, type: "server_error", message: "the server failed to answer; its own output says why.",
        code: "internal_error")
    }
  }

  private init(_ error: ServingError) {
    let message = error.description
    switch error {
    case .queueFull(_, let retryAfter):
      self.init(
        status: 429, type: "rate_limit_error", message: message, code: "queue_full",
        retryAfter: Int(retryAfter.components.seconds))
    case .contextLengthExceeded:
      self = .invalid(message, param: "messages", code: "context_length_exceeded")
    case .tooManyChoices: self = .invalid(message, param: "n")
    case .queueWaitExceeded:
      self.init(status: 503, type: "unavailable_error", message: message, code: "queue_wait_exceeded", retryAfter: 1)
    case .requestTimedOut:
      self.init(status: 408, type: "timeout_error", message: message, code: "request_timeout")
    case .cancelled: self.init(status: 499, type: "cancelled_error", message: message, code: "cancelled")
    case .shuttingDown:
      self.init(status: 503, type: "unavailable_error", message: message, code: "shutting_down", retryAfter: 5)
    }
  }

  private init(_ error: TokenBudgetError) {
    switch error {
    case .spent(_, let retryAfter):
      self.init(
        status: 429, type: "rate_limit_error", message: "\(error)", code: "token_limit_exceeded",
        retryAfter: retryAfter)
    case .promptTooLong: self = .invalid("\(error)", param: "prompt", code: "token_limit_exceeded")
    }
  }

  private init(_ error: InferenceError) {
    switch error {
    case .logitNotFinite:
      self.init(status: 500, type: "server_error", message: "\(error)", code: "model_damaged")
    case .noTokens: self = .invalid("\(error)", param: "prompt")
    case .tokenOutOfRange: self = .invalid("\(error)", param: "prompt")
    case .contextFull: self = .invalid("\(error)", code: "context_length_exceeded")
    case .constraintTooAmbiguous:
      self = .invalid("\(error)", param: "response_format", code: "format_too_ambiguous")
    case .noTokenAllowed: self = .invalid("\(error)", param: "response_format", code: "format_not_possible")
    }
  }

  /// The same about another key of the request.
  func about(_ key: String) -> APIError {
    guard param != nil else { return self }
    return APIError(status: status, type: type, message: message, param: key, code: code, retryAfter: retryAfter)
  }

  /// Whether asking again may help. openai-python would ask again for every 500 and 408.
  var isWorthRetrying: Bool { retryAfter != nil }
}
