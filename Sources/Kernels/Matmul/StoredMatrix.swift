import CKernels

/// A matrix of real numbers, multiplied and looked up in the format it is stored in: the embedding and the head.
///
/// It is repacked once, 16 rows interleaved, so that outputs lie in the lanes of a vector and memory is read as it lies.
/// Outputs accumulate in the order of the input features, so the bits are those of `PanelMatrix` with the widened
/// numbers, for one row and for many, on any number of threads. Q8_0, which no model is trained with, takes activations
/// in 16 bits; the rest holds for it too.
package final class StoredMatrix: Sendable {
  /// Output features, or tokens.
  package let rows: Int
  /// Input features.
  package let columns: Int
  package let format: StoredFloatFormat
  private let storage: Storage
  private let panelCount: Int

  private static let panelRows = Int(BITNET_PANEL_COLUMNS)
  /// Panels that a kernel reads side by side at most.
  private static let panelsTogether = 8
  /// Bytes that are repacked before `done` is called.
  private static let bytesAtOnce = 8 << 20

  /// - Parameters:
  ///   - bytes: [rows, columns] in `format`, of any alignment.
  ///   - done: gets the ranges of `bytes` that are no longer needed, as it goes.
  package init(
    _ bytes: UnsafeRawBufferPointer, format: StoredFloatFormat, rows: Int, columns: Int,
    done: (Range<Int>) -> Void = { _ in }
  ) {
    require(
      columns.isMultiple(of: format.blockSize) && bytes.count == format.byteCount(elements: rows * columns),
      "\(bytes.count) bytes of \(format.rawValue) for a matrix of shape [\(rows), \(columns)]")
    self.rows = rows
    self.columns = columns
    self.format = format
    panelCount = (rows + Self.panelRows - 1) / Self.panelRows
    let panelBytes = format.byteCount(elements: Self.panelRows * columns)
    storage = Storage(byteCount: panelCount * panelBytes)
    guard let table = bytes.baseAddress?.assumingMemoryBound(to: UInt8.self) else { return }
    let kernels = KernelTable.current
    let together = max(1, Self.bytesAtOnce / panelBytes)
    for first in stride(from: 0, to: panelCount, by: together) {
      let last = min(first + together, panelCount)
      ThreadPool.current.forEachRange(of: last - first) { range in
        let range = range.lowerBound + first..<range.upperBound + first
        kernels.pack_table(
          table, format.kernelFormat, rows, columns,
          storage.elements(of: UInt8.self) + range.lowerBound * panelBytes, range.lowerBound, range.upperBound)
      }
      done(first * panelBytes..<min(last * panelBytes, bytes.count))
    }
  }

  /// Bytes of the panels, the rows that fill the last one included: a product reads them all.
  package var byteCount: Int { storage.byteCount }

  /// Writes one row, widened, float32 [columns].
  package func copyRow(_ row: Int, into destination: UnsafeMutablePointer<Float>) {
    let (panel, lane) = row.quotientAndRemainder(dividingBy: Self.panelRows)
    let source = storage.pointer + panel * format.byteCount(elements: Self.panelRows * columns)
    withUnsafeTemporaryAllocation(byteCount: format.byteCount(elements: columns), alignment: 4) { bytes in
      // A block is one number, but for Q8_0: there it is a scale and 8 quads, which are interleaved as numbers are.
      let pieces = format == .q8_0 ? [2] + [Int](repeating: 4, count: 8) : [format.byteCount(elements: 1)]
      var (from, to) = (source, 0)
      while to < bytes.count {
        for size in pieces {
          for byte in 0..<size {
            bytes[to + byte] = from.load(fromByteOffset: lane * size + byte, as: UInt8.self)
          }
          from += size * Self.panelRows
          to += size
        }
      }
      if format == .q8_0 {
        let blockBytes = format.byteCount(elements: format.blockSize)
        for byte in bytes.indices where byte % blockBytes >= 2 { bytes[byte] ^= 0x80 }
      }
      format.decode(
        UnsafeRawBufferPointer(bytes), into: UnsafeMutableBufferPointer(start: destination, count: columns))
    }
  }

  /// A matrix with more rows, in the same format; of Q8_0, which would round the others again, in float32.
  /// - Parameter values: float32, whole rows.
  package func appending(_ values: [Float]) -> StoredMatrix {
    require(values.count.isMultiple(of: columns), "\(values.count) numbers in rows of \(columns)")
    let target: StoredFloatFormat = format == .q8_0 ? .float32 : format
    let count = rows + values.count / columns
    let storage = Storage(byteCount: target.byteCount(elements: count * columns))
    let rowBytes = target.byteCount(elements: columns)
    var row = [Float](repeating: 0, count: columns)
    for index in 0..<count {
      row.withUnsafeMutableBufferPointer { row in
        guard let start = row.baseAddress else { return }
        if index < rows { return copyRow(index, into: start) }
        for column in 0..<columns { start[column] = values[(index - rows) * columns + column] }
      }
      (storage.pointer + index * rowBytes).copyMemory(
        from: row.withUnsafeBufferPointer(target.encode), byteCount: rowBytes)
    }
    return withExtendedLifetime(storage) {
      StoredMatrix(
        UnsafeRawBufferPointer(start: storage.pointer, count: count * rowBytes), format: target, rows: count,
        columns: columns)
    }
  }

  /// y[m][n] = Σ_k x[m][k]·W[n][k].
  /// - Parameters:
  ///   - input: float32 [inputRows, columns].
  ///   - output: float32 [inputRows, rows].
  package func multiply(_ input: UnsafePointer<Float>, inputRows: Int, into output: UnsafeMutablePointer<Float>) {
    let kernels = KernelTable.current
    let panels = storage.elements(of: UInt8.self)
    let activations = format == .q8_0 ? SixteenBitRows(input, rows: inputRows, columns: columns) : nil
    let minimum = max(1, 131_072 / max(1, Self.panelRows * columns * inputRows))
    ThreadPool.current.forEachFreeRange(of: panelCount, multipleOf: Self.panelsTogether, minimum: minimum) { range in
      if let activations {
        kernels.q8_matmul(
          activations.kernelRows, inputRows, panels, rows, columns, range.lowerBound, range.upperBound, output, rows)
      } else {
        kernels.stored_matmul(
          input, columns, inputRows, panels, format.kernelFormat, rows, columns, range.lowerBound, range.upperBound,
          output, rows)
      }
    }
  }
}

/// Rows of activations in 16 bits, in blocks of 32 columns.
private struct SixteenBitRows {
  private let storage: Storage
  let kernelRows: bitnet_16_bit_rows

  init(_ values: UnsafePointer<Float>, rows: Int, columns: Int) {
    let (count, blocks) = (rows * columns, rows * columns / Int(BITNET_STORED_BLOCK))
    storage = Storage(byteCount: count * 4 + blocks * 8)
    let (bytes, offsets) = (storage.pointer + count * 2, storage.pointer + count * 4)
    kernelRows = bitnet_16_bit_rows(
      codes: storage.elements(), bytes: bytes.assumingMemoryBound(to: Int8.self),
      offsets: offsets.assumingMemoryBound(to: Int32.self),
      scales: (offsets + blocks * 4).assumingMemoryBound(to: Float.self))
    KernelTable.current.quantize_16_bits(values, rows, columns, kernelRows)
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
