import Kernels

/// One sequence of tokens and, layer by layer, the keys and values of what a model has seen of it (KV cache).
///
/// It has no memory for computing: a ``ForwardPass`` appends tokens to any number of sequences at once. Not for use by two
/// threads at a time.
public final class SequenceState {
  public let model: RuntimeModel
  /// The most tokens the sequence takes.
  public let positionLimit: Int
  /// The tokens whose keys and values are stored.
  public private(set) var tokens: [Int32] = []
  private let caches: [PackedKeysValues]

  /// - Parameters:
  ///   - positionLimit: bounds the memory of the cache; nil or too large: the model's own limit.
  ///   - cache: how keys and values are kept.
  public init(_ model: RuntimeModel, positionLimit: Int? = nil, cache: KeyValuePrecision = .float32) {
    require(positionLimit.map { $0 > 0 } ?? true, "a context of \(positionLimit ?? 0) tokens")
    let limit = min(positionLimit ?? .max, model.positionLimit)
    self.model = model
    self.positionLimit = limit
    caches = model.layers.map { _ in cache.cache(shape: model.attentionShape, capacity: limit) }
  }

  /// Tokens seen so far.
  public var position: Int { tokens.count }

  /// Forgets everything but the first `position` tokens, at no cost. What follows gives the bits of a sequence that has
  /// only seen these.
  public func truncate(to position: Int) {
    require((0...self.position).contains(position), "\(position) of \(self.position) tokens")
    tokens.removeLast(self.position - position)
  }

  /// How many tokens, from the first on, the sequence has in common with `others`.
  public func commonPrefix(with others: some Sequence<Int32>) -> Int {
    zip(tokens, others).prefix { $0 == $1 }.count
  }

  /// Becomes the first `count` tokens of another sequence, whose keys and values are copied: the bits are those of
  /// computing them.
  /// - Parameter other: of the same model, with keys and values kept in the same way.
  public func copyPrefix(_ count: Int, of other: SequenceState) {
    require(other.model === model, "a sequence of another model")
    require(count <= min(other.position, positionLimit), "\(count) of \(other.position) tokens")
    guard other !== self else { return truncate(to: count) }
    for (cache, source) in zip(caches, other.caches) { cache.copyPrefix(count, of: source) }
    tokens = Array(other.tokens[..<count])
  }

  /// - Throws: `InferenceError` for tokens that cannot be appended behind `position`.
  func check(_ tokens: some Collection<Int32>, behind position: Int) throws {
    guard !tokens.isEmpty else { throw InferenceError.noTokens }
    guard tokens.count <= positionLimit - position else {
      throw InferenceError.contextFull(used: position, requested: tokens.count, limit: positionLimit)
    }
    let vocabularySize = model.vocabularySize
    if let token = tokens.first(where: { $0 < 0 || Int($0) >= vocabularySize }) {
      throw InferenceError.tokenOutOfRange(token: token, vocabularySize: vocabularySize)
    }
  }

  /// The keys and values of a layer.
  func cache(ofLayer layer: Int) -> PackedKeysValues { caches[layer] }

  /// Takes tokens whose keys and values have been stored.
  func append(_ tokens: some Sequence<Int32>) { self.tokens += tokens }
}
