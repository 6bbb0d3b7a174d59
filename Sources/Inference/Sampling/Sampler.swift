import Kernels

/// Draws tokens from logits, reproducibly: the state is the tokens seen and the number of draws.
public struct Sampler: Sendable {
  public let options: SamplingOptions
  private var random: RandomStream
  private var history = TokenHistory()
  /// Keeps its memory from token to token.
  private var distribution = TokenDistribution()

  public init(_ options: SamplingOptions) {
    self.options = options
    random = RandomStream(seed: options.seed, purpose: .sampling)
  }

  /// Makes tokens, such as those of a prompt, subject to the repetition penalty. The penalties on presence and frequency
  /// are for tokens that were drawn alone.
  public mutating func observe(_ tokens: some Sequence<Int32>) {
    history.observe(tokens)
  }

  /// The next token, which is then observed too.
  /// - Parameter logits: [vocabulary].
  /// - Throws: `InferenceError.logitNotFinite`.
  public mutating func sample(_ logits: [Float]) throws -> Int32 {
    try distribution.update(logits, options, history: history)
    let token = distribution.token(at: Double(random.next() >> 11) * 0x1p-53)
    history.add(generated: token)
    return token
  }
}
