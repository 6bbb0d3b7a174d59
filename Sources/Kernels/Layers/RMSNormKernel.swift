import CKernels

/// RMSNorm (arXiv 1910.07467) over rows: y = x · gain / √(mean(x²) + ε).
package enum RMSNormKernel {
  private static func minimumRows(_ columns: Int) -> Int { max(1, 16_384 / columns) }

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
    let blocks = (rows + rowsPerSum - 1) / rowsPerSum
    let storage = Storage(byteCount: blocks * columns * 4)
    let sums = storage.elements(of: Float.self)
    sums.update(repeating: 0, count: blocks * columns)
    ThreadPool.current.forEachRange(of: blocks) { range in
      for block in range {
        let first = block * rowsPerSum
        kernels.rms_norm_backward(
          input + first * columns, gain, reciprocals + first, outputGradient + first * columns,
          min(rowsPerSum, rows - first), columns, inputGradient + first * columns, adds ? 1 : 0,
          sums + block * columns)
      }
    }
    gainGradient.update(repeating: 0, count: columns)
    for block in 0..<blocks {
      for column in 0..<columns { gainGradient[column] += sums[block * columns + column] }
    }
  }

  private static let rowsPerSum = 128
}
