/// Rotary embeddings turn pairs of features of a head. Which rows of the query and key projections make a pair is
/// where file formats differ; everything else about the rotation is the same.
package enum RotaryRowOrder: Sendable {
  /// Rows 2i and 2i + 1 of a head: llama2.c, and GGUF files of the architecture `llama`.
  case interleaved
  /// Rows i and i + d/2 of a head of d: Hugging Face, and GGUF files of most other architectures (`bitnet`, `qwen3` …).
  case halves
}

/// Brings the rows of a query or key projection, or of its bias, from one order to another.
package struct RotaryRowPermutation: Sendable {
  private let from: RotaryRowOrder
  private let to: RotaryRowOrder
  private let heads: Int
  private let headDimension: Int

  /// - Parameter heads: of the projection: the key-value heads for keys.
  package init(from: RotaryRowOrder, to: RotaryRowOrder, heads: Int, headDimension: Int) {
    require(
      heads > 0 && headDimension > 0 && headDimension.isMultiple(of: 2),
      "\(heads) heads of \(headDimension) rows: pairs need an even number")
    self.from = from
    self.to = to
    self.heads = heads
    self.headDimension = headDimension
  }

  package var rows: Int { heads * headDimension }

  /// Where a row of the result comes from.
  package func source(ofRow row: Int) -> Int {
    guard from != to else { return row }
    let (head, place) = row.quotientAndRemainder(dividingBy: headDimension)
    let half = headDimension / 2
    // The pair, and which of its two rows.
    let (pair, second) = to == .interleaved ? (place / 2, place % 2) : (place % half, place / half)
    return head * headDimension + (from == .interleaved ? 2 * pair + second : second * half + pair)
  }

  /// Rows of any encoding whose rows are whole bytes; a tail behind the last row (I2_S) is not one of them.
  /// - Parameters:
  ///   - source: `rows` rows of `bytesPerRow`.
  ///   - destination: as many bytes elsewhere.
  package func apply(
    _ source: UnsafeRawBufferPointer, bytesPerRow: Int, into destination: UnsafeMutableRawBufferPointer
  ) {
    require(
      source.count == rows * bytesPerRow && destination.count == source.count,
      "\(source.count) and \(destination.count) bytes for \(rows) rows of \(bytesPerRow)")
    guard let source = source.baseAddress, let destination = destination.baseAddress else { return }
    for row in 0..<rows {
      (destination + row * bytesPerRow)
        .copyMemory(from: source + self.source(ofRow: row) * bytesPerRow, byteCount: bytesPerRow)
    }
  }

  /// - Parameter values: [rows, any]: a matrix, or a bias with one value a row.
  package func apply<Value: BitwiseCopyable>(_ values: [Value]) -> [Value] {
    require(values.count.isMultiple(of: rows), "\(values.count) values for \(rows) rows")
    return [Value](unsafeUninitializedCapacity: values.count) { destination, initialized in
      values.withUnsafeBytes {
        apply(
          $0, bytesPerRow: values.count / rows * MemoryLayout<Value>.stride,
          into: UnsafeMutableRawBufferPointer(UnsafeMutableBufferPointer(rebasing: destination[..<values.count])))
      }
      initialized = values.count
    }
  }

  package func apply(_ matrix: TernaryCodes) -> TernaryCodes {
    require(matrix.rows == rows, "a matrix of \(matrix.rows) rows for \(rows)")
    return TernaryCodes(rows: rows, columns: matrix.columns, scale: matrix.scale, codes: apply(matrix.codes))
  }
}
