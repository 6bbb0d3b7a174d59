import FileFormats
import Foundation
import Kernels

/// A model file of llama2.c: a Llama in float32.
public final class Llama2CModel: ModelWeights {
  public let file: Llama2CFile
  public let architecture: Architecture

  public var url: URL { file.url }

  /// - Throws: `ArchitectureError` for shapes that no model has.
  public init(_ file: Llama2CFile) throws {
    self.file = file
    let numbers = file.configuration
    // llama2.c begins texts with token 1, and ends them where that comes again.
    architecture = Architecture(
      vocabularySize: numbers.vocabularySize, hiddenSize: numbers.hiddenSize, hiddenLayerCount: numbers.layerCount,
      attentionHeadCount: numbers.headCount, keyValueHeadCount: numbers.keyValueHeadCount,
      intermediateSize: numbers.intermediateSize, hiddenActivation: .silu, subNorms: .none,
      tieWordEmbeddings: numbers.tiesWordEmbeddings, maximumPositionEmbeddings: numbers.sequenceLength,
      bitLinear: BitLinearConfiguration(weightQuantization: .none, scaleDataType: .float32),
      beginningOfSequenceTokenID: numbers.vocabularySize > 2 ? 1 : nil,
      endOfSequenceTokenID: numbers.vocabularySize > 2 ? 2 : nil)
    let problems = architecture.problems
    guard problems.isEmpty else { throw ArchitectureError(path: file.url.path, problems: problems) }
  }

  public func withStored<Result>(
    _ parameter: ModelParameter, _ body: (StoredTensor) throws -> Result
  ) throws -> Result {
    let tensor = try file.tensor(parameter.llama2CName)
    defer { file.release(tensor) }
    return try file.withBytes(of: tensor) { bytes in
      func stored(_ bytes: UnsafeRawBufferPointer) -> StoredTensor {
        StoredTensor(
          .floats(.float32), shape: tensor.shape, bytes: bytes, place: "\(file.url.path): \(tensor.name)")
      }
      guard let permutation = RotaryRowPermutation(reading: .interleaved, parameter, architecture) else {
        return try body(stored(bytes))
      }
      let values = permutation.apply(try stored(bytes).floats())
      return try values.withUnsafeBytes { try body(stored($0)) }
    }
  }
}

extension ModelParameter {
  fileprivate var llama2CName: String {
    guard let layer else {
      switch role {
      case .embedding: return "tok_embeddings.weight"
      case .head: return "output.weight"
      default: return "norm.weight"
      }
    }
    let module =
      switch role {
      case .matrix(.query): "attention.wq"
      case .matrix(.key): "attention.wk"
      case .matrix(.value): "attention.wv"
      case .matrix(.output): "attention.wo"
      case .matrix(.gate): "feed_forward.w1"
      case .matrix(.down): "feed_forward.w2"
      case .matrix(.up): "feed_forward.w3"
      case .inputNorm: "attention_norm"
      default: "ffn_norm"
      }
    return "layers.\(layer).\(module).weight"
  }
}
