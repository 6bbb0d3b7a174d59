/// What a request may contain. JSON is nested 64 levels deep at most, besides.
public struct RequestLimits: Equatable, Sendable {
  public var bodyBytes = 4 << 20
  public var messages = 1024
  /// Of a completion request.
  public var prompts = 64
  /// Characters of all messages, or of a prompt, in UTF-8.
  public var promptBytes = 2 << 20
  public var stopStrings = 16
  public var stopStringBytes = 256
  public var logitBiases = 1024
  /// The most tokens of an answer; nil: what the context has room for.
  public var answerTokens: Int?

  public init() {}
}
