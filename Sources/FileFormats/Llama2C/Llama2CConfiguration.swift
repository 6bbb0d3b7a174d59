/// The seven numbers at the front of a llama2.c file.
public struct Llama2CConfiguration: Equatable, Sendable {
  public let hiddenSize: Int
  /// Of the feed-forward network.
  public let intermediateSize: Int
  public let layerCount: Int
  public let headCount: Int
  public let keyValueHeadCount: Int
  public let vocabularySize: Int
  /// Positions that the model was trained for.
  public let sequenceLength: Int
  /// Whether the output head is the embedding; the file says no with a negative vocabulary.
  public let tiesWordEmbeddings: Bool

  public var headDimension: Int { hiddenSize / headCount }
  public var keyValueSize: Int { headDimension * keyValueHeadCount }

  static let fieldNames = ["dim", "hidden_dim", "n_layers", "n_heads", "n_kv_heads", "vocab_size", "seq_len"]
  static let byteCount = 4 * fieldNames.count
  /// What files of version 1 and later begin with: "ak42" read as a big-endian number.
  private static let versionedMagic: Int32 = 0x616B_3432

  /// - Parameter bytes: the file.
  /// - Throws: `Llama2CError.Problem`.
  init(_ bytes: UnsafeRawBufferPointer) throws(Llama2CError.Problem) {
    guard bytes.count >= Self.byteCount else { throw .tooShort(fileBytes: bytes.count) }
    let fields = (0..<Self.fieldNames.count).map {
      Int32(littleEndian: bytes.loadUnaligned(fromByteOffset: 4 * $0, as: Int32.self))
    }
    guard fields[0] != Self.versionedMagic else { throw .unsupportedVersion(fields[1]) }
    for (name, value) in zip(Self.fieldNames, fields) {
      guard value > 0 || name == "vocab_size" && value < 0 else { throw .invalidField(name: name, "\(value)") }
    }
    hiddenSize = Int(fields[0])
    intermediateSize = Int(fields[1])
    layerCount = Int(fields[2])
    headCount = Int(fields[3])
    keyValueHeadCount = Int(fields[4])
    vocabularySize = abs(Int(fields[5]))
    sequenceLength = Int(fields[6])
    tiesWordEmbeddings = fields[5] > 0
    guard hiddenSize.isMultiple(of: 2 * headCount) else {
      throw .invalidField(name: "n_heads", "\(headCount), but dim is \(hiddenSize): heads need an even, equal share")
    }
    guard headCount.isMultiple(of: keyValueHeadCount) else {
      throw .invalidField(name: "n_kv_heads", "\(keyValueHeadCount), which does not divide n_heads, \(headCount)")
    }
  }
}
