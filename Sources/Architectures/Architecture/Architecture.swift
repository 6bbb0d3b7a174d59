import Kernels

/// A decoder-only language model as a value: shapes, what stands between its matrices, and their numerics.
///
/// Training, the runtime, import, export, plan and inspect read this and nothing else. Names in files are tables beside
/// it: `HuggingFaceClass`, `GGUFArchitecture`.
public struct Architecture: Equatable, Sendable {
  public var vocabularySize: Int
  public var hiddenSize: Int
  public var hiddenLayerCount: Int
  public var attentionHeadCount: Int
  public var keyValueHeadCount: Int
  /// Width of one attention head; heads together may be wider or narrower than `hiddenSize`.
  public var headDimension: Int
  public var intermediateSize: Int
  public var hiddenActivation: Activation
  public var subNorms: SubNorms
  /// The projections that add a bias.
  public var biases: Set<Projection>
  /// Whether every query and key head is normalised before it is rotated (Qwen3).
  public var normalizesHeads: Bool
  public var tieWordEmbeddings: Bool
  public var ropeTheta: Double
  public var ropeScaling: RotaryScaling
  public var rmsNormEpsilon: Double
  /// Of norms in front of single projections; nil: `rmsNormEpsilon`.
  public var projectionNormEpsilon: Double?
  public var maximumPositionEmbeddings: Int
  /// Standard deviation of the normal distribution that embeddings and matrices start from.
  public var initializerRange: Double
  /// The numerics of the linear layers of the blocks.
  public var bitLinear: BitLinearConfiguration
  /// Linear layers that are not quantised, by module: `model.layers.0.self_attn.q_proj`, or a part of such a name
  /// between dots, such as `q_proj`.
  public var fullPrecisionModules: Set<String>
  /// What the files that the model came from call its class, where that has to be remembered: several names may stand
  /// for one function.
  public var givenClassName: String?
  public var beginningOfSequenceTokenID: Int?
  /// The first of `endOfSequenceTokenIDs`.
  public var endOfSequenceTokenID: Int? {
    get { endOfSequenceTokenIDs.first }
    set { endOfSequenceTokenIDs = newValue.map { [$0] } ?? [] }
  }
  /// Each of them ends a text.
  public var endOfSequenceTokenIDs: [Int]
  public var paddingTokenID: Int?

  /// - Parameters:
  ///   - headDimension: nil: `hiddenSize / attentionHeadCount`.
  public init(
    vocabularySize: Int,
    hiddenSize: Int,
    hiddenLayerCount: Int,
    attentionHeadCount: Int,
    keyValueHeadCount: Int,
    headDimension: Int? = nil,
    intermediateSize: Int,
    hiddenActivation: Activation = .relu2,
    subNorms: SubNorms = .bitnet,
    biases: Set<Projection> = [],
    normalizesHeads: Bool = false,
    tieWordEmbeddings: Bool = true,
    ropeTheta: Double = 10_000,
    ropeScaling: RotaryScaling = .none,
    rmsNormEpsilon: Double = 1e-5,
    maximumPositionEmbeddings: Int = 2048,
    initializerRange: Double = 0.02,
    bitLinear: BitLinearConfiguration = BitLinearConfiguration(),
    fullPrecisionModules: Set<String> = [],
    givenClassName: String? = nil,
    beginningOfSequenceTokenID: Int? = nil,
    endOfSequenceTokenID: Int? = nil,
    paddingTokenID: Int? = nil
  ) {
    self.vocabularySize = vocabularySize
    self.hiddenSize = hiddenSize
    self.hiddenLayerCount = hiddenLayerCount
    self.attentionHeadCount = attentionHeadCount
    self.keyValueHeadCount = keyValueHeadCount
    // Impossible counts are complaints of `problems`, not traps.
    self.headDimension = headDimension ?? hiddenSize / max(1, attentionHeadCount)
    self.intermediateSize = intermediateSize
    self.hiddenActivation = hiddenActivation
    self.subNorms = subNorms
    self.biases = biases
    self.normalizesHeads = normalizesHeads
    self.tieWordEmbeddings = tieWordEmbeddings
    self.ropeTheta = ropeTheta
    self.ropeScaling = ropeScaling
    self.rmsNormEpsilon = rmsNormEpsilon
    self.maximumPositionEmbeddings = maximumPositionEmbeddings
    self.initializerRange = initializerRange
    self.bitLinear = bitLinear
    self.fullPrecisionModules = fullPrecisionModules
    self.givenClassName = givenClassName
    self.beginningOfSequenceTokenID = beginningOfSequenceTokenID
    endOfSequenceTokenIDs = endOfSequenceTokenID.map { [$0] } ?? []
    self.paddingTokenID = paddingTokenID
  }

  /// The same model with other numerics in its linear layers; nil: those that it has.
  public func quantizing(as numerics: BitLinearConfiguration?) -> Architecture {
    guard let numerics else { return self }
    var converted = self
    converted.bitLinear = numerics
    return converted
  }

  /// Width of all query heads together.
  public var querySize: Int { attentionHeadCount * headDimension }

  /// Width of all key (or value) heads together.
  public var keyValueSize: Int { keyValueHeadCount * headDimension }

  /// Rows and columns of a projection.
  public func shape(of projection: Projection) -> [Int] {
    switch projection {
    case .query: [querySize, hiddenSize]
    case .key, .value: [keyValueSize, hiddenSize]
    case .output: [hiddenSize, querySize]
    case .gate, .up: [intermediateSize, hiddenSize]
    case .down: [hiddenSize, intermediateSize]
    }
  }

  /// How the linear layer of a module multiplies: as all others, or in full precision.
  /// - Parameter module: such as `model.layers.0.self_attn.q_proj`.
  public func numerics(ofModule module: String) -> BitLinearConfiguration {
    guard !fullPrecisionModules.isEmpty else { return bitLinear }
    // The parts of a name are few, and the modules that a file lists may be many.
    let parts = module.split(separator: ".", omittingEmptySubsequences: false)
    let isListed = parts.indices.contains { first in
      (first..<parts.endIndex).contains { fullPrecisionModules.contains(parts[first...$0].joined(separator: ".")) }
    }
    guard isListed else { return bitLinear }
    var numerics = bitLinear
    numerics.weightQuantization = .none
    return numerics
  }
}

/// A linear layer of a transformer block, by its name in a checkpoint.
public enum Projection: String, CaseIterable, Comparable, Sendable {
  case query = "q_proj"
  case key = "k_proj"
  case value = "v_proj"
  case output = "o_proj"
  case gate = "gate_proj"
  case up = "up_proj"
  case down = "down_proj"

  public static let attention: [Projection] = [.query, .key, .value, .output]
  public static let feedForward: [Projection] = [.gate, .up, .down]

  /// The module within a block: `self_attn.q_proj`.
  public var module: String { (Self.attention.contains(self) ? "self_attn." : "mlp.") + rawValue }

  public static func < (left: Projection, right: Projection) -> Bool {
    allCases.firstIndex(of: left) ?? 0 < allCases.firstIndex(of: right) ?? 0
  }
}
