import Architectures
import Export
import FileFormats
import Foundation
import Tokenization

/// GGUF files of random models.
enum RandomFile {
  static func write(
    _ model: Architecture, type: GGUFTensorType, headType: GGUFTensorType = .bfloat16, seed: UInt64 = 1,
    to url: URL
  ) throws {
    let export = try GGUFExport(
      source: RandomWeights(model, seed: seed), type: type, headType: headType,
      tokenizerMetadata: ByteTokenizer().ggufMetadata(vocabularySize: model.vocabularySize))
    try export.write(to: url)
  }

  /// Copies a file with other metadata.
  static func copy(_ file: GGUFFile, metadata: GGUFMetadata, to url: URL) throws {
    let writer = try GGUFWriter(
      metadata: metadata,
      tensors: file.tensors.map { GGUFWriter.Tensor(name: $0.name, type: $0.type, shape: $0.shape) }, for: url)
    try writer.write(to: url) { tensor, output in
      try file.withBytes(of: try file.tensor(tensor.name)) { try output.write($0) }
    }
  }
}
