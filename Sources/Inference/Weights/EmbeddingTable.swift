import Kernels

/// The rows of an embedding, kept in the format they are stored in and widened when they are looked up.
struct EmbeddingTable: Sendable {
  enum Format: Sendable {
    case float32, bfloat16
  }

  let vocabularySize: Int
  let width: Int
  private let format: Format
  private let storage: Storage

  /// - Parameters:
  ///   - format: of the elements in `bytes`.
  ///   - bytes: [vocabularySize, width], copied; need not be aligned.
  init(vocabularySize: Int, width: Int, format: Format, bytes: UnsafeRawBufferPointer) {
    let byteCount = vocabularySize * width * (format == .float32 ? 4 : 2)
    require(
      bytes.count == byteCount, "\(bytes.count) bytes for an embedding of shape [\(vocabularySize), \(width)]")
    self.vocabularySize = vocabularySize
    self.width = width
    self.format = format
    storage = Storage(byteCount: byteCount)
    UnsafeMutableRawBufferPointer(start: storage.pointer, count: byteCount).copyMemory(from: bytes)
  }

  /// Writes the row of every token, float32 [tokens.count, width].
  func lookUp(_ tokens: ArraySlice<Int32>, into output: UnsafeMutablePointer<Float>) {
    var destination = output
    for token in tokens {
      let start = Int(token) * width
      switch format {
      case .float32: destination.update(from: storage.elements(of: Float.self) + start, count: width)
      case .bfloat16:
        let row = storage.elements(of: BFloat16.self) + start
        for column in 0..<width { destination[column] = row[column].floatValue }
      }
      destination += width
    }
  }
}
