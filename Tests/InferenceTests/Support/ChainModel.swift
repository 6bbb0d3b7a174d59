import Architectures
import Inference
import Kernels
import TestSupport
import Tokenization

/// A model whose likeliest next token is always the one after the last: 0, 1, 2, … with 0 after the highest.
enum ChainModel {
  /// - Parameter vocabulary: a multiple of 4.
  static func make(vocabulary: Int, positions: Int = 64, endOfSequence: Int? = nil) throws -> RuntimeModel {
    let configuration = Architecture(
      vocabularySize: vocabulary, hiddenSize: vocabulary, hiddenLayerCount: 1, attentionHeadCount: 2,
      keyValueHeadCount: 2, intermediateSize: 8, tieWordEmbeddings: false, maximumPositionEmbeddings: positions,
      bitLinear: BitLinearConfiguration(weightQuantization: .none), endOfSequenceTokenID: endOfSequence)
    let directory = try TemporaryDirectory()
    try TestFolder.write(configuration, .float32, to: directory.url) { parameter in
      (0..<parameter.elementCount).map { index in
        let (row, column) = (index / vocabulary, index % vocabulary)
        return switch parameter.role {
        case .embedding: row == column ? 1 : 0
        case .head: row == (column + 1) % vocabulary ? 1 : 0
        case .matrix: 0
        default: 1
        }
      }
    }
    return try RuntimeModel(folder: directory.url)
  }
}

/// Token i stands for the i-th sequence of bytes.
struct ListTokenizer: Tokenizer {
  let pieces: [[UInt8]]
  var endOfSequenceTokenID: Int32?

  /// One token per byte of `text`.
  init(bytesOf text: String) { self.init(pieces: text.utf8.map { [$0] }) }

  init(pieces: [[UInt8]]) { self.pieces = pieces }

  var vocabularySize: Int { pieces.count }
  var specialTokens: [SpecialToken] { [] }
  var fingerprint: String { "\(pieces)" }
  var beginningOfSequenceTokenID: Int32? { nil }

  func encode(bytes: some Sequence<UInt8>) -> [Int32] {
    bytes.map { byte in Int32(pieces.firstIndex(of: [byte]) ?? 0) }
  }

  func decode(_ tokens: some Sequence<Int32>, skippingSpecialTokens: Bool) throws -> [UInt8] {
    tokens.flatMap { pieces[Int($0)] }
  }

  func byteCount(of token: Int32) -> Int { pieces[Int(token)].count }
  func safeCut(in text: UnsafeRawBufferPointer, near position: Int) -> Int { position }
  func adding(specialTokens texts: [String], endOfSequence: String?) throws -> ListTokenizer { self }
}
