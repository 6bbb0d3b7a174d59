import Kernels

/// One sequence of tokens on its way through a model, with the keys and values of what it has seen (KV cache).
///
/// A prompt at once, in parts, or token by token gives the same bits. Not for use by two threads at a time.
public final class InferenceSession {
  public let model: RuntimeModel
  /// The most tokens the session takes.
  public let positionLimit: Int
  /// The sequence so far.
  public private(set) var tokens: [Int32] = []
  /// How many tokens went through the layers since the session was made, those forgotten included.
  public private(set) var computedTokens = 0
  private let caches: [PackedKeysValues]
  private let scratch: ForwardScratch

  /// Prompts go through the layers in parts of so many rows: enough to reuse every weight many times.
  private static let rowsAtOnce = 256

  /// - Parameters:
  ///   - positionLimit: bounds the memory of the cache; nil or too large: the model's own limit.
  ///   - cache: how keys and values are kept.
  public init(_ model: RuntimeModel, positionLimit: Int? = nil, cache: KeyValuePrecision = .float32) {
    require(positionLimit.map { $0 > 0 } ?? true, "a context of \(positionLimit ?? 0) tokens")
    let limit = min(positionLimit ?? .max, model.positionLimit)
    self.model = model
    self.positionLimit = limit
    caches = model.layers.map { _ in cache.cache(shape: model.attentionShape, capacity: limit) }
    scratch = ForwardScratch(model.architecture, rowCapacity: min(Self.rowsAtOnce, limit))
  }

  /// Tokens seen so far.
  public var position: Int { tokens.count }

  /// Forgets the sequence.
  public func reset() { truncate(to: 0) }

  /// Forgets everything but the first `position` tokens, at no cost. What follows gives the bits of a session that has
  /// only seen these.
  public func truncate(to position: Int) {
    require((0...self.position).contains(position), "\(position) of \(self.position) tokens")
    tokens.removeLast(self.position - position)
  }

  /// Makes `sequence` the sequence, as after `reset` and `prefill`. What the session has seen of it already, from the
  /// first token on, is not computed again.
  /// - Returns: the logits after the last token, [vocabulary].
  /// - Throws: `InferenceError`; the session is then as it was before.
  public func prefill(wholeSequence sequence: [Int32]) throws -> [Float] {
    try check(sequence, behind: 0)
    // The logits after the last token are not kept: it is computed in any case.
    let common = zip(tokens, sequence.dropLast()).prefix { $0 == $1 }.count
    truncate(to: common)
    return try prefill(Array(sequence[common...]))
  }

  /// Appends `tokens` to the sequence.
  /// - Returns: the logits after the last of them, [vocabulary].
  /// - Throws: `InferenceError`; the session is then as it was before.
  public func prefill(_ tokens: [Int32]) throws -> [Float] {
    try check(tokens, behind: position)
    var logits: [Float] = []
    forEachPart(of: tokens) { rows in
      let isLast = rows.endIndex == tokens.count
      if isLast { logits = self.logits(fromRow: rows.count - 1, count: 1) }
    }
    return logits
  }

  /// Appends `tokens` to the sequence.
  /// - Returns: the logits after each of them, [tokens.count, vocabulary].
  /// - Throws: `InferenceError`; the session is then as it was before.
  public func prefillAllPositions(_ tokens: [Int32]) throws -> [Float] {
    try check(tokens, behind: position)
    var logits: [Float] = []
    logits.reserveCapacity(tokens.count * model.vocabularySize)
    forEachPart(of: tokens) { rows in logits += self.logits(fromRow: 0, count: rows.count) }
    return logits
  }

  /// Appends one token to the sequence.
  /// - Returns: the logits after it, [vocabulary].
  /// - Throws: `InferenceError`; the session is then as it was before.
  public func decode(_ token: Int32) throws -> [Float] {
    try prefill([token])
  }

  private func check(_ tokens: [Int32], behind position: Int) throws {
    guard !tokens.isEmpty else { throw InferenceError.noTokens }
    guard tokens.count <= positionLimit - position else {
      throw InferenceError.contextFull(used: position, requested: tokens.count, limit: positionLimit)
    }
    let vocabularySize = model.vocabularySize
    if let token = tokens.first(where: { $0 < 0 || Int($0) >= vocabularySize }) {
      throw InferenceError.tokenOutOfRange(token: token, vocabularySize: vocabularySize)
    }
  }

  /// Runs the layers over a part of the tokens at a time and calls `body` with the part's indices while its final
  /// hidden states are in the scratch memory.
  private func forEachPart(of tokens: [Int32], _ body: (Range<Int>) -> Void) {
    for start in stride(from: 0, to: tokens.count, by: scratch.rowCapacity) {
      let part = start..<min(start + scratch.rowCapacity, tokens.count)
      for (row, token) in tokens[part].enumerated() {
        model.embedding.copyRow(Int(token), into: scratch.hidden + row * model.architecture.hiddenSize)
      }
      for row in 0..<part.count { scratch.positions[row] = Int32(position + row) }
      let rotary = model.rotary(positions: position + part.count)
      for (layer, cache) in zip(model.layers, caches) {
        layer.forward(scratch, rows: part.count, first: position, cache: cache, rotary: rotary)
      }
      self.tokens += tokens[part]
      computedTokens += part.count
      body(part)
    }
  }

  private func logits(fromRow first: Int, count: Int) -> [Float] {
    let width = model.architecture.hiddenSize
    let rows = scratch.normalized(scratch.hidden + first * width, by: model.finalNorm, rows: count, for: [model.head])
    let total = count * model.vocabularySize
    return [Float](unsafeUninitializedCapacity: total) { buffer, initialized in
      if let address = buffer.baseAddress { model.head.multiply(rows, into: address) }
      initialized = total
    }
  }
}
