import CKernels

/// Activations quantised to 8 bits, one scale per row (token).
///
/// `scale = 127 / max(max|x|, 1e-5)`, `code = clip(roundHalfEven(x·scale), -128, 127)`; see arXiv 2402.17764. A row
/// that is not finite gets a NaN scale, so that every product with it is NaN.
package final class QuantizedRows {
  package let rows: Int
  package let columns: Int
  /// Bytes per row of codes: `columns` rounded up to a multiple of 4, zeros behind.
  package let codeStride: Int
  private let codeStorage: Storage
  private let scaleStorage: Storage
  private let sumStorage: Storage
  private var transposed: BFloat16Operand?

  /// - Parameter source: float32 [rows, columns].
  package convenience init(_ source: UnsafePointer<Float>, rows: Int, columns: Int) {
    self.init(rows: rows, columns: columns)
    let kernels = KernelTable.current
    forEachRange { range in
      let first = range.lowerBound
      kernels.quantize_rows(
        source + first * columns, range.count, columns, codes + first * codeStride, codeStride, scales + first,
        sums + first)
    }
  }

  /// The rows after RMSNorm, with the bits of norm and quantisation one after the other, in one pass over memory.
  /// - Parameters:
  ///   - source: float32 [rows, columns].
  ///   - gain: [columns].
  ///   - reciprocals: gets 1 / √(mean(x²) + ε) of each row, [rows].
  ///   - values: gets the rows before quantisation, float32 [rows, columns]; nil: nobody wants them.
  package convenience init(
    normalizing source: UnsafePointer<Float>, gain: UnsafePointer<Float>, epsilon: Float, rows: Int, columns: Int,
    reciprocals: UnsafeMutablePointer<Float>, values: UnsafeMutablePointer<Float>? = nil
  ) {
    self.init(rows: rows, columns: columns)
    let kernels = KernelTable.current
    if let values {
      quantizeBlocks(values) { _, block in
        kernels.rms_norm(
          source + block.lowerBound * columns, gain, epsilon, block.count, columns,
          values + block.lowerBound * columns, reciprocals + block.lowerBound)
      }
      return
    }
    forEachRange { range in
      let first = range.lowerBound
      kernels.rms_norm_quantize(
        source + first * columns, gain, epsilon, range.count, columns, codes + first * codeStride, codeStride,
        scales + first, sums + first, reciprocals + first)
    }
  }

  /// Memory for the codes of rows; undefined.
  init(rows: Int, columns: Int) {
    self.rows = rows
    self.columns = columns
    codeStride = (columns + 3) / 4 * 4
    codeStorage = Storage(byteCount: rows * codeStride)
    scaleStorage = Storage(byteCount: rows * 4)
    sumStorage = Storage(byteCount: rows * 4)
  }

  /// Quantises values block by block, while they are in a cache.
  /// - Parameter make: makes a block of the values; gets the number of its thread and the rows.
  func quantizeBlocks(_ values: UnsafePointer<Float>, _ make: (_ part: Int, _ block: Range<Int>) -> Void) {
    let kernels = KernelTable.current
    forEachPart { part, range in
      for first in stride(from: range.lowerBound, to: range.upperBound, by: Self.blockRows) {
        let block = first..<min(first + Self.blockRows, range.upperBound)
        make(part, block)
        kernels.quantize_rows(
          values + first * columns, block.count, columns, codes + first * codeStride, codeStride, scales + first,
          sums + first)
      }
    }
  }

  static let blockRows = 8

  private func forEachRange(_ body: (Range<Int>) -> Void) { forEachPart { _, range in body(range) } }

  func forEachPart(_ body: (_ part: Int, _ rows: Range<Int>) -> Void) {
    ThreadPool.current.forEachPart(of: rows, minimumPerThread: max(1, 16_384 / max(1, columns)), body)
  }

  /// int8 [rows, codeStride].
  package var codes: UnsafeMutablePointer<Int8> { codeStorage.elements() }
  /// [rows]
  package var scales: UnsafeMutablePointer<Float> { scaleStorage.elements() }
  /// Sum of the codes of each row, [rows].
  package var sums: UnsafeMutablePointer<Int32> { sumStorage.elements() }

  /// Writes `code / scale` as float32 [rows, columns].
  package func dequantize(into destination: UnsafeMutablePointer<Float>) {
    let kernels = KernelTable.current
    forEachRange { range in
      let first = range.lowerBound
      kernels.dequantize_rows(
        codes + first * codeStride, codeStride, scales + first, range.count, columns, destination + first * columns)
    }
  }

  /// The codes as a left operand [columns][rows], made when first asked for.
  func transposedCodes(_ kernels: bitnet_kernels) -> BFloat16Operand {
    if let transposed { return transposed }
    let made = BFloat16Operand(extent: columns, depth: rows)
    ThreadPool.current.forEachRange(
      of: BFloat16Operand.padded(columns), multipleOf: 16, minimumPerThread: max(1, 16_384 / max(1, rows))
    ) { range in
      kernels.bfloat16_transposed_codes(codes, codeStride, rows, range.lowerBound, range.upperBound, made.elements)
    }
    transposed = made
    return made
  }
}
