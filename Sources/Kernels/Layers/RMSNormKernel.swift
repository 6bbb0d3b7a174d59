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

  /// dx = r·(gain·dy − x·r²·mean(gain·dy·x)), added to `inputGradient` when `adds`.
  package static func backward(
    _ input: UnsafePointer<Float>, gain: UnsafePointer<Float>, reciprocals: UnsafePointer<Float>,
    outputGradient: UnsafePointer<Float>, rows: Int, columns: Int, inputGradient: UnsafeMutablePointer<Float>,
    adds: Bool
  ) {
    let kernels = KernelTable.current
    ThreadPool.current.forEachRange(of: rows, minimumPerThread: minimumRows(columns)) { range in
      let first = range.lowerBound
      kernels.rms_norm_backward(
        input + first * columns, gain, reciprocals + first, outputGradient + first * columns, range.count, columns,
        inputGradient + first * columns, adds ? 1 : 0)
    }
  }

  /// dgain = Σ_rows dy·x·r; threads share the columns, so that every sum runs over the rows in order.
  package static func backwardGain(
    _ input: UnsafePointer<Float>, reciprocals: UnsafePointer<Float>, outputGradient: UnsafePointer<Float>,
    rows: Int, columns: Int, gainGradient: UnsafeMutablePointer<Float>, adds: Bool
  ) {
    let kernels = KernelTable.current
    ThreadPool.current.forEachRange(of: columns, multipleOf: 16, minimumPerThread: max(1, 16_384 / max(1, rows))) {
      range in
      kernels.rms_norm_backward_gain(
        input, reciprocals, outputGradient, rows, columns, range.lowerBound, range.upperBound, gainGradient,
        adds ? 1 : 0)
    }
  }
}
