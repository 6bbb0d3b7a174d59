/// What a session cannot compute.
public enum InferenceError: Error, Equatable, Sendable, CustomStringConvertible {
  /// More tokens than the context has positions for.
  case contextFull(used: Int, requested: Int, limit: Int)
  case tokenOutOfRange(token: Int32, vocabularySize: Int)
  case noTokens
  /// A logit is NaN or +∞: the weights are damaged or training has diverged.
  case logitNotFinite(token: Int32, value: Float)
  /// The constraint of an answer wants bytes that no token, or none that the model finds possible, begins with.
  case noTokenAllowed
  /// There are too many ways to read an answer as its constraint allows.
  case constraintTooAmbiguous

  public var description: String {
    switch self {
    case .contextFull(let used, let requested, let limit):
      "the context holds \(limit) tokens: \(used) are used, \(requested) more do not fit. "
        + "Shorten the prompt, or use a model with more positions (max_position_embeddings)."
    case .tokenOutOfRange(let token, let vocabularySize):
      "token \(token) is outside of the model's vocabulary of \(vocabularySize). "
        + "Check that the tokenizer belongs to the model."
    case .noTokens:
      "there is no token to start from. Give a prompt of at least one character."
    case .logitNotFinite(let token, let value):
      "the logit of token \(token) is \(value): the weights are damaged, or training has diverged. "
        + "Use an earlier checkpoint."
    case .noTokenAllowed:
      "no token of the vocabulary can continue the answer as its format wants it. Ask for another format, or use a model "
        + "with a token for every byte."
    case .constraintTooAmbiguous:
      "the format of the answer can be read in too many ways at once. Leave out alternatives (anyOf) that are the same."
    }
  }
}
