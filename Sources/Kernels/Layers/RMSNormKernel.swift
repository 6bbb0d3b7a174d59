import CKernels

/// RMSNorm (arXiv 1910.07467) over rows: y = x · gain / √(mean(x²) + ε).
package enum RMSNormKernel {
  private static func minimumRows(_ columns: Int) -> Int { max(1, 16_384 / max(1, columns)) }

  /// - Parameters:
  ///   - input, output: float32 [rows, columns].
  ///   - reciprocals: gets 1 / √(mean(x²) + ε) of each row, [rows].
  package static func forward(
    _ input: UnsafePointer<Float>, gain: UnsafePointer<Float>, epsilon: Float, rows: Int, columns: Int,
    output: UnsafeMutablePointer<Float>, reciprocals: UnsafeMutablePointer<Float>
  ) {
    let kernels = KernelTable.current
    ThreadPool.current.forEachRange(of: rows, minimumPerThread: minimumRows(columns)) { range in
      let first = range.lowerBound
      kernels.rms_norm(
        input + first * columns, gain, epsilon, range.count, columns, output + first * columns, reciprocals + first)
    }
  }

  /// dx = r·(gain·dy − x·r²·mean(gain·dy·x)), added to `inputGradient` when `adds`, and dgain = Σ_rows dy·x·r.
  ///
  /// dgain is summed over blocks of rows and then over the blocks: the same bits for every number of threads.
  package static func backward(
    _ input: UnsafePointer<Float>, gain: UnsafePointer<Float>, reciprocals: UnsafePointer<Float>,
    outputGradient: UnsafePointer<Float>, rows: Int, columns: Int, inputGradient: UnsafeMutablePointer<Float>,
    adds: Bool, gainGradient: UnsafeMutablePointer<Float>
  ) {
    let kernels = KernelTable.current
    forEachSum(rows: rows, columns: columns, into: gainGradient) { _, range, sums in
      let first = range.lowerBound
      kernels.rms_norm_backward(
        input + first * columns, gain, reciprocals + first, outputGradient + first * columns, range.count, columns,
        inputGradient + first * columns, adds ? 1 : 0, sums)
    }
  }

  /// Runs `body` on blocks of rows, each with sums [columns] of its own to add to, and adds the sums of all blocks.
  /// - Parameter body: gets the number of its thread, its rows and its sums.
  static func forEachSum(
    rows: Int, columns: Int, into total: UnsafeMutablePointer<Float>,
    _ body: (_ part: Int, _ rows: Range<Int>, _ sums: UnsafeMutablePointer<Float>) -> Void
  ) {
    let blocks = (rows + rowsPerSum - 1) / rowsPerSum
    let storage = Storage(byteCount: blocks * columns * 4)
    let sums = storage.elements(of: Float.self)
    sums.update(repeating: 0, count: blocks * columns)
    ThreadPool.current.forEachPart(of: blocks) { part, range in
      for block in range {
        body(part, block * rowsPerSum..<min((block + 1) * rowsPerSum, rows), sums + block * columns)
      }
    }
    total.update(repeating: 0, count: columns)
    for block in 0..<blocks {
      for column in 0..<columns { total[column] += sums[block * columns + column] }
    }
  }

  private static let rowsPerSum = 128
}
