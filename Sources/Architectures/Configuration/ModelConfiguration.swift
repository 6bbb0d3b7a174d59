import Kernels

/// The shape and numerics of a BitNet causal language model; mirrors Hugging Face's `BitNetConfig`.
public struct ModelConfiguration: Equatable, Sendable {
  public var vocabularySize: Int
  public var hiddenSize: Int
  public var hiddenLayerCount: Int
  public var attentionHeadCount: Int
  public var keyValueHeadCount: Int
  public var intermediateSize: Int
  public var hiddenActivation: Activation
  public var tieWordEmbeddings: Bool
  public var ropeTheta: Double
  public var rmsNormEpsilon: Double
  public var maximumPositionEmbeddings: Int
  /// Standard deviation of the normal distribution that embeddings and matrices start from.
  public var initializerRange: Double
  public var bitLinear: BitLinearConfiguration
  public var beginningOfSequenceTokenID: Int?
  public var endOfSequenceTokenID: Int?
  public var paddingTokenID: Int?

  public init(
    vocabularySize: Int,
    hiddenSize: Int,
    hiddenLayerCount: Int,
    attentionHeadCount: Int,
    keyValueHeadCount: Int,
    intermediateSize: Int,
    hiddenActivation: Activation = .relu2,
    tieWordEmbeddings: Bool = true,
    ropeTheta: Double = 10_000,
    rmsNormEpsilon: Double = 1e-5,
    maximumPositionEmbeddings: Int = 2048,
    initializerRange: Double = 0.02,
    bitLinear: BitLinearConfiguration = BitLinearConfiguration(),
    beginningOfSequenceTokenID: Int? = nil,
    endOfSequenceTokenID: Int? = nil,
    paddingTokenID: Int? = nil
  ) {
    self.vocabularySize = vocabularySize
    self.hiddenSize = hiddenSize
    self.hiddenLayerCount = hiddenLayerCount
    self.attentionHeadCount = attentionHeadCount
    self.keyValueHeadCount = keyValueHeadCount
    self.intermediateSize = intermediateSize
    self.hiddenActivation = hiddenActivation
    self.tieWordEmbeddings = tieWordEmbeddings
    self.ropeTheta = ropeTheta
    self.rmsNormEpsilon = rmsNormEpsilon
    self.maximumPositionEmbeddings = maximumPositionEmbeddings
    self.initializerRange = initializerRange
    self.bitLinear = bitLinear
    self.beginningOfSequenceTokenID = beginningOfSequenceTokenID
    self.endOfSequenceTokenID = endOfSequenceTokenID
    self.paddingTokenID = paddingTokenID
  }

  /// Width of one attention head. `hiddenSize` is a multiple of `attentionHeadCount`.
  public var headDimension: Int { hiddenSize / attentionHeadCount }
}
