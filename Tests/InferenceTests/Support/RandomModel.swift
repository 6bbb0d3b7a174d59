import Architectures
import Autograd
import Foundation
import Inference
import Kernels
import Models
import TestSupport

/// A small model with random weights, as training sees it and as a folder on disk.
struct RandomModel {
  let trained: Decoder
  let runtime: RuntimeModel

  /// - Parameter storedAs: the format of the weights, in the folder and in training.
  init(_ configuration: Architecture, seed: UInt64 = 7, storedAs format: DataType = .bfloat16) throws {
    let source = Decoder(configuration, seed: seed)
    Self.randomizeNorms(of: source, seed: seed)
    let directory = try TemporaryDirectory()
    let values = Dictionary(uniqueKeysWithValues: source.namedParameters.map { ($0, $1.value.scalars) })
    try TestFolder.write(configuration, format, to: directory.url) { values[$0.name] ?? [] }
    trained = try Decoder(folder: directory.url)
    runtime = try RuntimeModel(folder: directory.url)
  }

  /// Gains of 1 would hide a norm that is left out or mixed up.
  private static func randomizeNorms(of model: Decoder, seed: UInt64) {
    var random = RandomStream(seed: seed, purpose: .shuffle)
    for parameter in model.parameters where parameter.role == .norm {
      let gains = (0..<parameter.shape.count).map { _ in 0.5 + random.nextUniform() }
      parameter.replaceValue(Tensor(gains, shape: parameter.shape))
    }
  }

  /// The logits of the training forward pass, [tokens.count, vocabulary].
  func trainedLogits(_ tokens: [Int32]) -> [Float] {
    withoutGradients { trained.logits(tokens: tokens, length: tokens.count).scalars }
  }
}

/// Shapes that between them use every branch of the architecture.
enum RandomModels {
  static func configuration(
    heads: Int = 4, keyValueHeads: Int = 2, headDimension: Int = 16, vocabulary: Int = 67, intermediate: Int = 88,
    activation: Activation = .relu2, tied: Bool = true, quantization: WeightQuantization = .absmean,
    scale: ScaleDataType = .float16, positions: Int = 320, subNorms: Architecture.SubNorms = .bitnet,
    normalizesHeads: Bool = false
  ) -> Architecture {
    Architecture(
      vocabularySize: vocabulary, hiddenSize: heads * headDimension, hiddenLayerCount: 2, attentionHeadCount: heads,
      keyValueHeadCount: keyValueHeads, intermediateSize: intermediate, hiddenActivation: activation,
      subNorms: subNorms, normalizesHeads: normalizesHeads, tieWordEmbeddings: tied,
      maximumPositionEmbeddings: positions, initializerRange: 0.3,
      bitLinear: BitLinearConfiguration(weightQuantization: quantization, scaleDataType: scale))
  }

  static let configurations =
    [
      configuration(),
      configuration(
        heads: 6, keyValueHeads: 3, headDimension: 20, vocabulary: 259, intermediate: 121, activation: .silu,
        tied: false),
      configuration(heads: 3, keyValueHeads: 1, headDimension: 6, vocabulary: 5, intermediate: 17, quantization: .sign),
      configuration(heads: 2, keyValueHeads: 2, headDimension: 34, activation: .silu, tied: false, quantization: .none),
      configuration(heads: 5, keyValueHeads: 5, headDimension: 20, activation: .geluTanh, quantization: .none),
      // Rows of whole blocks of 128: packed.
      configuration(heads: 8, keyValueHeads: 2, headDimension: 32, vocabulary: 261, intermediate: 384),
      configuration(heads: 8, keyValueHeads: 1, headDimension: 64, tied: false, quantization: .sign, scale: .float32),
      configuration(heads: 2, headDimension: 14, activation: .gelu),
      configuration(heads: 2, headDimension: 14, intermediate: 35, activation: .relu, quantization: .none),
    ]
    + Architecture.SubNorms.allCases.flatMap { subNorms in
      [
        configuration(
          heads: 3, keyValueHeads: 1, headDimension: 20, subNorms: subNorms, normalizesHeads: subNorms == .none),
        configuration(heads: 2, headDimension: 12, activation: .silu, quantization: .none, subNorms: subNorms),
      ]
    }

  static func tokens(_ count: Int, vocabulary: Int, seed: UInt64 = 3) -> [Int32] {
    var random = RandomStream(seed: seed, purpose: .sampling)
    return (0..<count).map { _ in Int32.random(in: 0..<Int32(vocabulary), using: &random) }
  }
}
