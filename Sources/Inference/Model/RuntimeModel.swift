import Architectures
import Kernels

/// The weights of a language model, ready to run: matrices as packed ternary codes or as stored, embedding and head in
/// their stored format.
///
/// Immutable; any number of sessions share one. It computes what training computes, bit for bit on one machine.
public final class RuntimeModel: Sendable {
  public let architecture: Architecture
  let embedding: StoredMatrix
  let layers: [RuntimeLayer]
  let finalNorm: NormGain
  let head: any WeightMatrix
  private let rotaryPositions = SystemMutex<RotaryPositions?>(nil)

  init(
    architecture: Architecture, embedding: StoredMatrix, layers: [RuntimeLayer], finalNorm: NormGain,
    head: any WeightMatrix
  ) {
    require(
      layers.count == architecture.hiddenLayerCount,
      "\(layers.count) layers for a model of \(architecture.hiddenLayerCount)")
    require(
      head.rows == architecture.vocabularySize && head.columns == architecture.hiddenSize,
      "a head of shape [\(head.rows), \(head.columns)] for a model of "
        + "[\(architecture.vocabularySize), \(architecture.hiddenSize)]")
    self.architecture = architecture
    self.embedding = embedding
    self.layers = layers
    self.finalNorm = finalNorm
    self.head = head
  }

  /// The rotations of at least `count` positions. They grow with the sequences: a file may promise any context.
  func rotary(positions count: Int) -> RotaryPositions {
    rotaryPositions.withLock { known in
      if let known, known.positionCount >= count { return known }
      let grown = RotaryPositions(
        headDimension: architecture.headDimension,
        positionCount: min(positionLimit, max(count, 2 * (known?.positionCount ?? 128))),
        theta: architecture.ropeTheta, scaling: architecture.ropeScaling)
      known = grown
      return grown
    }
  }

  /// The most tokens that fit in one context.
  public var positionLimit: Int { architecture.maximumPositionEmbeddings }

  public var vocabularySize: Int { architecture.vocabularySize }

  /// Those of the layers.
  var matrices: [any WeightMatrix] {
    layers.flatMap { [$0.query, $0.key, $0.value, $0.output, $0.gate, $0.up, $0.down] }
  }

  /// Bytes of all matrices in memory; those of the norms are too few to count.
  public var weightBytes: Int {
    let isTied = (head as? StoredMatrix) === embedding
    return matrices.reduce(embedding.byteCount + (isTied ? 0 : head.byteCount)) { $0 + $1.byteCount }
  }

  var attentionShape: AttentionShape {
    AttentionShape(
      heads: architecture.attentionHeadCount, keyValueHeads: architecture.keyValueHeadCount,
      headDimension: architecture.headDimension)
  }
}

/// The weights of one transformer block; norms are nil where it has none.
struct RuntimeLayer: Sendable {
  let inputNorm: NormGain?
  let query: any WeightMatrix
  let key: any WeightMatrix
  let value: any WeightMatrix
  /// Of every query head, or of all together.
  let queryNorm: NormGain?
  let keyNorm: NormGain?
  let attentionSubNorm: NormGain?
  let output: any WeightMatrix
  let attentionOutputNorm: NormGain?
  let postAttentionNorm: NormGain?
  let gate: any WeightMatrix
  let up: any WeightMatrix
  let feedForwardSubNorm: NormGain?
  let down: any WeightMatrix
  let feedForwardOutputNorm: NormGain?
  let activation: Activation
}
