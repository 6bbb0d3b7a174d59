import Architectures
import Datasets
import Foundation
import Models
import TestSupport
import Tokenization

/// A BitNet that a test can afford, and a text for it.
enum TinyBitNet {
  static let configuration = Architecture(
    vocabularySize: 256, hiddenSize: 32, hiddenLayerCount: 2, attentionHeadCount: 2, keyValueHeadCount: 1,
    intermediateSize: 48, maximumPositionEmbeddings: 24)

  static func model() -> Decoder { Decoder(configuration, seed: 3) }

  static func corpus(in folder: TemporaryDirectory) throws -> TextCorpus {
    let url = folder.url.appendingPathComponent("text")
    let text = (0..<200).map { "Line \($0) says that \($0 * $0) is the square of \($0).\n" }.joined()
    try Data(text.utf8).write(to: url)
    return try TextCorpus(contentsOf: url.path)
  }

  static func tokens(_ corpus: TextCorpus, _ range: ByteRange = ByteRange(0, nil)) throws -> TokenCorpus {
    try TokenCorpus(corpus, range: range, tokenizer: ByteTokenizer())
  }
}
