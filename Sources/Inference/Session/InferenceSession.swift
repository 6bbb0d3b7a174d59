import Kernels

/// One sequence of tokens on its way through a model: a ``SequenceState`` with a ``ForwardPass`` of its own.
///
/// A prompt at once, in parts, or token by token gives the same bits. Not for use by two threads at a time.
public final class InferenceSession {
  /// How many tokens went through the layers since the session was made, those forgotten included.
  public private(set) var computedTokens = 0
  private let sequence: SequenceState
  private let forwardPass: ForwardPass

  /// - Parameters:
  ///   - positionLimit: bounds the memory of the cache; nil or too large: the model's own limit.
  ///   - cache: how keys and values are kept.
  public init(_ model: RuntimeModel, positionLimit: Int? = nil, cache: KeyValuePrecision = .float32) {
    sequence = SequenceState(model, positionLimit: positionLimit, cache: cache)
    forwardPass = ForwardPass(model, rowCapacity: min(ForwardPass.defaultRowCapacity, sequence.positionLimit))
  }

  public var model: RuntimeModel { sequence.model }

  /// The most tokens the session takes.
  public var positionLimit: Int { sequence.positionLimit }

  /// The sequence so far.
  public var tokens: [Int32] { sequence.tokens }

  /// Tokens seen so far.
  public var position: Int { sequence.position }

  /// Forgets the sequence.
  public func reset() { truncate(to: 0) }

  /// Forgets everything but the first `position` tokens, at no cost. What follows gives the bits of a session that has
  /// only seen these.
  public func truncate(to position: Int) { sequence.truncate(to: position) }

  /// Makes `sequence` the sequence, as after `reset` and `prefill`. What the session has seen of it already, from the
  /// first token on, is not computed again.
  /// - Returns: the logits after the last token, [vocabulary].
  /// - Throws: `InferenceError`; the session is then as it was before.
  public func prefill(wholeSequence sequence: [Int32]) throws -> [Float] {
    try self.sequence.check(sequence, behind: 0)
    // The logits after the last token are not kept: it is computed in any case.
    let common = self.sequence.commonPrefix(with: sequence.dropLast())
    truncate(to: common)
    return try append(sequence[common...], logits: .last)
  }

  /// Appends `tokens` to the sequence.
  /// - Returns: the logits after the last of them, [vocabulary].
  /// - Throws: `InferenceError`; the session is then as it was before.
  public func prefill(_ tokens: [Int32]) throws -> [Float] { try append(tokens[...], logits: .last) }

  /// Appends `tokens` to the sequence.
  /// - Returns: the logits after each of them, [tokens.count, vocabulary].
  /// - Throws: `InferenceError`; the session is then as it was before.
  public func prefillAllPositions(_ tokens: [Int32]) throws -> [Float] { try append(tokens[...], logits: .all) }

  /// Appends one token to the sequence.
  /// - Returns: the logits after it, [vocabulary].
  /// - Throws: `InferenceError`; the session is then as it was before.
  public func decode(_ token: Int32) throws -> [Float] { try append([token], logits: .last) }

  private func append(_ tokens: ArraySlice<Int32>, logits: ForwardPass.WantedLogits) throws -> [Float] {
    let found = try forwardPass.append([.init(sequence, appending: tokens, logits: logits)])
    computedTokens += tokens.count
    return found
  }
}
