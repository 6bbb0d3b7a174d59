import Inference
import Kernels
import ModelFormats
import Tokenization

/// A model whose likeliest next token is always the one after the last: 0, 1, 2, … with 0 after the highest.
enum ChainModel {
  /// - Parameter vocabulary: a multiple of 4.
  static func make(vocabulary: Int, positions: Int = 64, endOfSequence: Int? = nil) -> RuntimeModel {
    let configuration = ModelConfiguration(
      vocabularySize: vocabulary, hiddenSize: vocabulary, hiddenLayerCount: 1, attentionHeadCount: 2,
      keyValueHeadCount: 2, intermediateSize: 8, tieWordEmbeddings: false, maximumPositionEmbeddings: positions,
      bitLinear: BitLinearConfiguration(weightQuantization: .none), endOfSequenceTokenID: endOfSequence)
    func matrix(_ rows: Int, _ columns: Int, _ value: (Int, Int) -> Float = { _, _ in 0 }) -> [Float] {
      (0..<rows * columns).map { value($0 / columns, $0 % columns) }
    }
    func zeros(_ rows: Int, _ columns: Int) -> PanelMatrix {
      PanelMatrix(matrix(rows, columns), rows: rows, columns: columns)
    }
    let gain = NormGain([Float](repeating: 1, count: vocabulary), epsilon: 1e-5)
    let square = zeros(vocabulary, vocabulary)
    let layer = RuntimeLayer(
      inputNorm: gain, query: square, key: square, value: square, attentionSubNorm: gain, output: square,
      postAttentionNorm: gain, gate: zeros(8, vocabulary), up: zeros(8, vocabulary),
      feedForwardSubNorm: NormGain([Float](repeating: 1, count: 8), epsilon: 1e-5), down: zeros(vocabulary, 8),
      activation: .silu)
    let identity = matrix(vocabulary, vocabulary) { $0 == $1 ? 1 : 0 }
    let next = matrix(vocabulary, vocabulary) { row, column in row == (column + 1) % vocabulary ? 1 : 0 }
    return RuntimeModel(
      configuration: configuration,
      embedding: identity.withUnsafeBytes {
        EmbeddingTable(vocabularySize: vocabulary, width: vocabulary, format: .float32, bytes: $0)
      },
      layers: [layer], finalNorm: gain, head: PanelMatrix(next, rows: vocabulary, columns: vocabulary))
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

  func encode(bytes: some Sequence<UInt8>) -> [Int32] {
    bytes.map { byte in Int32(pieces.firstIndex(of: [byte]) ?? 0) }
  }

  func decode(_ tokens: some Sequence<Int32>, skippingSpecialTokens: Bool) throws -> [UInt8] {
    tokens.flatMap { pieces[Int($0)] }
  }
}
