import Architectures
import Autograd
import Kernels
import Layers

/// The BitNet b1.58 2B4T architecture (arXiv 2504.12285), parameter for parameter as Hugging Face's
/// `BitNetForCausalLM`: pre-norms, sub-norms, rotary positions, grouped-query attention, gated feed-forward, no biases.
public final class BitNetForCausalLM: Module {
  public let configuration: ModelConfiguration
  /// [vocabulary, hidden]; also the head when embeddings are tied.
  private let embeddingTable: Parameter
  private let layers: [DecoderLayer]
  private let finalNorm: RMSNorm
  /// nil when embeddings are tied.
  private let head: Parameter?
  private var rotaryEmbedding: RotaryEmbedding

  /// A model with initial weights: matrices and embeddings from N(0, initializerRange²), gains 1.
  public convenience init(_ configuration: ModelConfiguration, seed: UInt64) {
    self.init(
      configuration,
      initialization: WeightInitialization(seed: seed, standardDeviation: Float(configuration.initializerRange)))
  }

  init(_ configuration: ModelConfiguration, initialization: WeightInitialization) {
    self.configuration = configuration
    var initialization = initialization
    embeddingTable = initialization.normal([configuration.vocabularySize, configuration.hiddenSize], role: .embedding)
    layers = (0..<configuration.hiddenLayerCount).map { _ in
      DecoderLayer(configuration, initialization: &initialization)
    }
    finalNorm = RMSNorm(width: configuration.hiddenSize, epsilon: Float(configuration.rmsNormEpsilon))
    head =
      configuration.tieWordEmbeddings
      ? nil : initialization.normal([configuration.vocabularySize, configuration.hiddenSize], role: .embedding)
    rotaryEmbedding = RotaryEmbedding(
      headDimension: configuration.headDimension, positionCount: configuration.maximumPositionEmbeddings,
      theta: configuration.ropeTheta)
  }

  /// The final hidden states, normalised: what the head multiplies.
  ///
  /// - Parameters:
  ///   - tokens: row-major [batch, length].
  ///   - length: tokens per sequence, at most `maximumPositionEmbeddings`.
  ///   - documentStarts: per token the first position of its document, for packed sequences; nil: one document each.
  /// - Returns: [batch · length, hidden].
  public func hiddenStates(tokens: [Int32], length: Int, documentStarts: [Int32]? = nil) -> Tensor {
    require(
      length > 0 && tokens.count.isMultiple(of: length), "\(tokens.count) tokens are not whole sequences of \(length)")
    require(
      length <= configuration.maximumPositionEmbeddings,
      "length \(length) is above the model's \(configuration.maximumPositionEmbeddings) positions")
    let context = SequenceContext(
      length: length, rotary: rotaryEmbedding,
      positions: tokens.indices.map { Int32($0 % length) - (documentStarts?[$0] ?? 0) },
      documentStarts: documentStarts)
    var hidden = embedding(embeddingTable.tensor, indices: tokens)
    for layer in layers {
      hidden =
        Recomputation.isEnabled
        ? recomputed(hidden, parameters: layer.parameters) { layer($0, context) } : layer(hidden, context)
    }
    return finalNorm(hidden)
  }

  /// - Returns: [batch · length, vocabulary].
  public func logits(tokens: [Int32], length: Int, documentStarts: [Int32]? = nil) -> Tensor {
    linear(
      hiddenStates(tokens: tokens, length: length, documentStarts: documentStarts), weight: headWeight.tensor)
  }

  /// Cross-entropy in nats of every position against its target; 0 where the target is negative.
  ///
  /// - Returns: [batch · length].
  public func tokenLosses(
    tokens: [Int32], targets: [Int32], length: Int, documentStarts: [Int32]? = nil
  ) -> Tensor {
    headCrossEntropy(
      hidden: hiddenStates(tokens: tokens, length: length, documentStarts: documentStarts),
      weight: headWeight.tensor, targets: targets)
  }

  private var headWeight: Parameter { head ?? embeddingTable }

  /// Replaces linear layers of the blocks, in the order of the layers.
  func replaceLinearLayers(_ replacement: LinearLayerReplacement) rethrows {
    for (index, layer) in layers.enumerated() {
      try layer.replaceLinearLayers { try replacement("model.layers.\(index)." + $0, $1) }
    }
  }

  /// The linear layers of the blocks, in order, with the names under which their parameters are listed.
  package func forEachLinearLayer(_ body: (_ name: String, _ layer: any LinearLayer) throws -> Void) rethrows {
    try replaceLinearLayers { name, layer in
      try body(name, layer)
      return layer
    }
  }

  public func collectParameters(into list: inout ParameterList) {
    list.add("model.embed_tokens.weight", embeddingTable)
    for (index, layer) in layers.enumerated() { list.add("model.layers.\(index)", layer) }
    list.add("model.norm", finalNorm)
    if let head { list.add("lm_head.weight", head) }
  }
}
