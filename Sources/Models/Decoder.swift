import Architectures
import Autograd
import Kernels
import Layers

/// The trainable form of a language model: the layers that its architecture asks for, parameter for parameter as Hugging
/// Face names them.
public final class Decoder: Module {
  public let architecture: Architecture
  /// Also the head when embeddings are tied.
  let embeddingTable: TokenTable
  let layers: [DecoderLayer]
  private let finalNorm: RMSNorm
  /// nil when embeddings are tied.
  let separateHead: TokenTable?
  /// Of as many positions as were asked for: a configuration may promise any context.
  private var rotaryEmbedding: RotaryEmbedding?

  /// A model with initial weights: matrices and embeddings from N(0, initializerRange²), gains 1, biases 0.
  public convenience init(_ architecture: Architecture, seed: UInt64) {
    var initialization = WeightInitialization(
      seed: seed, standardDeviation: Float(architecture.initializerRange))
    self.init(architecture) { parameter in
      if parameter.isNorm { return .masters(Parameter(.ones(Shape(parameter.shape)), role: .norm)) }
      if parameter.isVector { return .masters(Parameter(.zeros(Shape(parameter.shape)), role: .bias)) }
      return .masters(
        initialization.normal(Shape(parameter.shape), role: parameter.isTable ? .embedding : .matrix))
    }
  }

  /// A model of given weights.
  /// - Parameter weight: is asked for every parameter of the architecture, in its order.
  init(_ architecture: Architecture, weight: (ModelParameter) throws -> DecoderWeight) rethrows {
    self.architecture = architecture
    var parts = DecoderParts(architecture)
    for parameter in architecture.parameters { parts.add(parameter, try weight(parameter)) }
    embeddingTable = parts.table(.embedding)
    layers = (0..<architecture.hiddenLayerCount).map { parts.layer($0) }
    finalNorm = parts.norm(.finalNorm)
    separateHead = architecture.tieWordEmbeddings ? nil : parts.table(.head)
  }

  private func rotary(positions count: Int) -> RotaryEmbedding {
    if let rotaryEmbedding, rotaryEmbedding.positionCount >= count { return rotaryEmbedding }
    let grown = RotaryEmbedding(
      headDimension: architecture.headDimension,
      positionCount: min(architecture.maximumPositionEmbeddings, max(count, 2 * (rotaryEmbedding?.positionCount ?? 0))),
      theta: architecture.ropeTheta, scaling: architecture.ropeScaling)
    rotaryEmbedding = grown
    return grown
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
      length <= architecture.maximumPositionEmbeddings,
      "length \(length) is above the model's \(architecture.maximumPositionEmbeddings) positions")
    let context = SequenceContext(
      length: length, rotary: rotary(positions: length),
      positions: tokens.indices.map { Int32($0 % length) - (documentStarts?[$0] ?? 0) },
      documentStarts: documentStarts)
    var hidden = embeddingTable.rows(tokens)
    for layer in layers {
      hidden =
        Recomputation.isEnabled
        ? recomputed(hidden, parameters: layer.parameters) { layer($0, context) } : layer(hidden, context)
    }
    return finalNorm(hidden)
  }

  /// - Returns: [batch · length, vocabulary].
  public func logits(tokens: [Int32], length: Int, documentStarts: [Int32]? = nil) -> Tensor {
    head.logits(hiddenStates(tokens: tokens, length: length, documentStarts: documentStarts))
  }

  /// - Parameter hidden: some rows of `hiddenStates`.
  /// - Returns: [rows, vocabulary].
  package func logits(hidden: Tensor) -> Tensor { head.logits(hidden) }

  /// Cross-entropy in nats of every position against its target; 0 where the target is negative.
  ///
  /// - Returns: [batch · length].
  public func tokenLosses(
    tokens: [Int32], targets: [Int32], length: Int, documentStarts: [Int32]? = nil
  ) -> Tensor {
    head.losses(hiddenStates(tokens: tokens, length: length, documentStarts: documentStarts), targets: targets)
  }

  private var head: TokenTable { separateHead ?? embeddingTable }

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
    if let table = embeddingTable.parameter { list.add("model.embed_tokens.weight", table) }
    for (index, layer) in layers.enumerated() { list.add("model.layers.\(index)", layer) }
    list.add("model.norm", finalNorm)
    if let table = separateHead?.parameter { list.add("lm_head.weight", table) }
  }
}

/// The embedding or the head: trainable, or frozen in the format it is stored in.
enum TokenTable {
  /// [vocabulary, hidden]
  case trainable(Parameter)
  case frozen(FrozenTable)

  var parameter: Parameter? {
    if case .trainable(let parameter) = self { parameter } else { nil }
  }

  func rows(_ tokens: [Int32]) -> Tensor {
    switch self {
    case .trainable(let parameter): embedding(parameter.tensor, indices: tokens)
    case .frozen(let table): embedding(table, indices: tokens)
    }
  }

  func logits(_ hidden: Tensor) -> Tensor {
    switch self {
    case .trainable(let parameter): linear(hidden, weight: parameter.tensor)
    case .frozen(let table): linear(hidden, table: table)
    }
  }

  func losses(_ hidden: Tensor, targets: [Int32]) -> Tensor {
    switch self {
    case .trainable(let parameter): headCrossEntropy(hidden: hidden, weight: parameter.tensor, targets: targets)
    case .frozen(let table): headCrossEntropy(hidden: hidden, table: table, targets: targets)
    }
  }
}
