import Architectures
import FileFormats
import Foundation
import Kernels

/// Models of every class that folders have, and folders of random numbers of them.
enum FolderModels {
  static let all: [Architecture] = [
    model(subNorms: .none, biases: Set(Projection.allCases)),
    model(subNorms: .none, tied: false, scaling: .linear(factor: 4), headDimension: 48),
    model(subNorms: .none, tied: false, scaling: llama3),
    model(subNorms: .none, named: .mistral),
    model(subNorms: .none, biases: [.query, .key, .value]),
    model(subNorms: .none, normalizesHeads: true, headDimension: 64),
    model(quantization: .none),
    model(quantization: .absmean),
    model(quantization: .absmean, scale: .float32),
    model(quantization: .sign),
    model(quantization: .absmean, subNorms: .projection, tied: false),
    model(quantization: .absmean, subNorms: .none, biases: Set(Projection.attention)),
    model(quantization: .absmean, subNorms: .none, fullPrecision: ["model.layers.1.mlp.down_proj"]),
    model(quantization: .absmean, normalizesHeads: true),
  ]

  static let llama3 = RotaryScaling.llama3(
    Llama3RotaryScaling(
      factor: 8, lowFrequencyFactor: 1, highFrequencyFactor: 4, originalMaximumPositionEmbeddings: 8192))

  static func model(
    quantization: WeightQuantization = .none, subNorms: Architecture.SubNorms = .bitnet, biases: Set<Projection> = [],
    normalizesHeads: Bool = false, tied: Bool = true, scaling: RotaryScaling = .none, headDimension: Int = 32,
    scale: ScaleDataType = .float16, fullPrecision: Set<String> = [], named: HuggingFaceClass? = nil
  ) -> Architecture {
    var model = Architecture(
      vocabularySize: 300, hiddenSize: 256, hiddenLayerCount: 2, attentionHeadCount: 8, keyValueHeadCount: 2,
      headDimension: headDimension, intermediateSize: 512, hiddenActivation: .silu, subNorms: subNorms, biases: biases,
      normalizesHeads: normalizesHeads, tieWordEmbeddings: tied, ropeTheta: 500_000, ropeScaling: scaling,
      rmsNormEpsilon: 1e-6, maximumPositionEmbeddings: 512,
      bitLinear: BitLinearConfiguration(weightQuantization: quantization, scaleDataType: scale),
      fullPrecisionModules: fullPrecision, givenClassName: named?.rawValue, beginningOfSequenceTokenID: 1,
      paddingTokenID: 0)
    model.endOfSequenceTokenIDs = [2, 7]
    return model
  }

  /// A folder of random numbers in one type.
  @discardableResult
  static func write(_ model: Architecture, _ format: StoredFloatFormat, to folder: URL) throws -> ModelFolder {
    try FileManager.default.createDirectory(at: folder, withIntermediateDirectories: true)
    try model.huggingFaceJSON(weightDataType: format.huggingFaceName)
      .write(to: folder.appending(path: ModelFolder.configurationFileName))
    let entries = model.parameters.map { parameter in
      SafetensorsWriter.Entry(name: parameter.name, dataType: format.safetensorsType, shape: parameter.shape) { sink in
        var random = RandomStream(
          seed: parameter.name.utf8.reduce(7) { $0 &* 31 &+ UInt64($1) }, purpose: .initialization)
        let values = (0..<parameter.elementCount).map { _ in
          (parameter.isNorm ? 1 : 0) + 0.2 * (random.nextUniform() - 0.5)
        }
        try values.withUnsafeBufferPointer(format.encode).withUnsafeBytes(sink)
      }
    }
    try SafetensorsWriter.write(entries, to: folder.appending(path: ModelFolder.weightsFileName))
    return try ModelFolder(folder)
  }
}
