import Architectures
import FileFormats
import Foundation
import Inference
import Kernels
import TestSupport
import Tokenization

import Serving

/// A model of random weights that answers every prompt with some bytes, quickly.
package enum SmallModel {
  package static let tokenizer = try? ByteTokenizer(specialTokens: ["<|endoftext|>", "<|im_start|>", "<|im_end|>"])
  /// A token whose embedding is NaN: so are the logits of a sequence with it.
  package static let damagingToken: Int32 = 263

  /// - Parameters:
  ///   - isTernary: else the matrices are of float32 numbers.
  ///   - positions: the model's context.
  package static func make(isTernary: Bool = true, positions: Int = 160, seed: UInt64 = 1) throws -> ServedModel {
    let directory = try TemporaryDirectory()
    try write(to: directory.url, isTernary: isTernary, positions: positions, seed: seed)
    return ServedModel(
      runtime: try RuntimeModel(folder: directory.url), tokenizer: tokenizer ?? ByteTokenizer(),
      chatTemplate: .chatml, fingerprint: "small \(isTernary) \(seed)")
  }

  /// One whose vocabulary has tokens of several bytes, such as a quote and what follows it.
  package static func makeWithPairs() throws -> ServedModel {
    let (bytes, pairs) = (
      (0..<256).map { [UInt8($0)] }, ["\": ", "\", \"", "{\"", "\"}", "e\"", "}}"].map { Array($0.utf8) }
    )
    let tokenizer = ListedTokens(texts: bytes + pairs, specialTokens: [SpecialToken(text: "<|endoftext|>", id: 262)])
    let bare = try make()
    return ServedModel(runtime: bare.runtime, tokenizer: tokenizer, fingerprint: "\(bare.fingerprint) with pairs")
  }

  /// The same as a folder, without a tokenizer.
  package static func write(to folder: URL, isTernary: Bool = true, positions: Int = 160, seed: UInt64 = 1) throws {
    let architecture = Architecture(
      vocabularySize: 264, hiddenSize: 64, hiddenLayerCount: 2, attentionHeadCount: 4, keyValueHeadCount: 2,
      intermediateSize: 96, tieWordEmbeddings: false, maximumPositionEmbeddings: positions,
      bitLinear: BitLinearConfiguration(weightQuantization: isTernary ? .absmean : .none))
    try architecture.huggingFaceJSON(weightDataType: "float32")
      .write(to: folder.appendingPathComponent(ModelFolder.configurationFileName))
    var random = RandomStream(seed: seed, purpose: .initialization)
    let entries = architecture.parameters.map { parameter in
      var values = (0..<parameter.elementCount).map { _ in random.nextUniform() - 0.5 }
      switch parameter.role {
      case .embedding:
        let width = values.count / 264
        for index in Int(damagingToken) * width..<(Int(damagingToken) + 1) * width { values[index] = .nan }
      case .matrix, .head: break
      default: values = values.map { $0 + 1 }
      }
      return SafetensorsWriter.Entry(name: parameter.name, shape: parameter.shape, floats: values)
    }
    try SafetensorsWriter.write(entries, to: folder.appendingPathComponent(ModelFolder.weightsFileName))
  }

  package static func tokens(_ count: Int, seed: UInt64 = 3) -> [Int32] {
    var random = RandomStream(seed: seed, purpose: .sampling)
    return (0..<count).map { _ in Int32.random(in: 0..<256, using: &random) }
  }
}
