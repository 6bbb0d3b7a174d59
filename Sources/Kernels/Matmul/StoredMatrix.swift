import CKernels

/// A matrix of real numbers, multiplied and looked up in the format it is stored in: the embedding and the head.
///
/// Outputs accumulate in the order of the input features, so the bits are those of `PanelMatrix` with the widened
/// numbers, for one row and for many, on any number of threads. Q8_0, which no model is trained with, has an order of
/// its own; the rest holds for it too.
package final class StoredMatrix: Sendable {
  /// Output features, or tokens.
  package let rows: Int
  /// Input features.
  package let columns: Int
  package let format: StoredFloatFormat
  private nonisolated(unsafe) let bytes: UnsafeRawBufferPointer
  private let owner: any Sendable

  /// - Parameters:
  ///   - bytes: [rows, columns] in `format`, of any alignment.
  ///   - owner: keeps `bytes` valid and unchanged while it lives.
  package init(
    _ bytes: UnsafeRawBufferPointer, format: StoredFloatFormat, rows: Int, columns: Int, owner: any Sendable
  ) {
    require(
      columns.isMultiple(of: format.blockSize) && bytes.count == format.byteCount(elements: rows * columns),
      "\(bytes.count) bytes of \(format.rawValue) for a matrix of shape [\(rows), \(columns)]")
    self.rows = rows
    self.columns = columns
    self.format = format
    self.bytes = bytes
    self.owner = owner
  }

  /// Keeps a copy.
  package convenience init(copying bytes: UnsafeRawBufferPointer, format: StoredFloatFormat, rows: Int, columns: Int) {
    let storage = Storage(byteCount: bytes.count)
    let copy = UnsafeMutableRawBufferPointer(start: storage.pointer, count: bytes.count)
    copy.copyMemory(from: bytes)
    self.init(UnsafeRawBufferPointer(copy), format: format, rows: rows, columns: columns, owner: storage)
  }

  /// Bytes of the elements.
  package var byteCount: Int { bytes.count }

  /// Writes one row, widened, float32 [columns].
  package func copyRow(_ row: Int, into destination: UnsafeMutablePointer<Float>) {
    let size = format.byteCount(elements: columns)
    format.decode(
      UnsafeRawBufferPointer(rebasing: bytes[row * size..<(row + 1) * size]),
      into: UnsafeMutableBufferPointer(start: destination, count: columns))
  }

  /// y[m][n] = Σ_k x[m][k]·W[n][k].
  /// - Parameters:
  ///   - input: float32 [inputRows, columns].
  ///   - output: float32 [inputRows, rows].
  package func multiply(_ input: UnsafePointer<Float>, inputRows: Int, into output: UnsafeMutablePointer<Float>) {
    guard let table = bytes.baseAddress?.assumingMemoryBound(to: UInt8.self) else { return }
    let kernels = KernelTable.current
    let panelRows = Int(BITNET_PANEL_COLUMNS)
    let panelCount = (rows + panelRows - 1) / panelRows
    let minimum = max(1, 131_072 / (panelRows * columns * inputRows))
    ThreadPool.current.forEachRange(of: panelCount, multipleOf: 2, minimumPerThread: minimum) { range in
      kernels.stored_matmul(
        input, columns, inputRows, table, format.kernelFormat, rows, columns, range.lowerBound, range.upperBound,
        output, rows)
    }
  }
}

extension StoredFloatFormat {
  fileprivate var kernelFormat: bitnet_stored_format {
    switch self {
    case .float32: BITNET_STORED_FLOAT32
    case .float16: BITNET_STORED_FLOAT16
    case .bfloat16: BITNET_STORED_BFLOAT16
    case .q8_0: BITNET_STORED_Q8_0
    }
  }
}
