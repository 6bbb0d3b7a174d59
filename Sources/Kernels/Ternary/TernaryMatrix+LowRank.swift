import CKernels

extension TernaryMatrix {
  /// y = (Σ q·code)·(γ / scale) + s·(x·Aᵀ)·Bᵀ, plus `residual` at the end.
  ///
  /// In blocks of rows that stay in a cache between the two products and the sums; the bits are those of the three one
  /// after the other.
  /// - Parameters:
  ///   - update: of an adapter for this matrix.
  ///   - input: x, float32 [activations.rows, columns].
  ///   - hidden: receives s·x·Aᵀ, float32 [activations.rows, rank].
  ///   - residual: float32 [activations.rows, rows], or nil.
  ///   - output: float32 [activations.rows, rows].
  package func multiply(
    _ activations: QuantizedRows, adding update: LowRankProduct, of input: UnsafePointer<Float>,
    hidden: UnsafeMutablePointer<Float>, residual: UnsafePointer<Float>? = nil,
    into output: UnsafeMutablePointer<Float>
  ) {
    require(
      update.inputs == columns && update.outputs == rows,
      "an adapter of shape [\(update.outputs), \(update.inputs)] for a matrix of shape [\(rows), \(columns)]")
    let kernels = KernelTable.current
    // A whole number of the tiles of both products.
    let blockRows = 96
    ThreadPool.current.forEachRange(
      of: activations.rows, multipleOf: blockRows, minimumPerThread: max(1, 1_000_000 / max(1, rows * columns))
    ) { range in
      for first in stride(from: range.lowerBound, to: range.upperBound, by: blockRows) {
        let block = first..<min(first + blockRows, range.upperBound)
        let sum = output + first * rows
        update.multiply(input, block, hidden, into: sum, kernels)
        multiply(activations, block, adding: sum, into: sum, kernels)
        guard let residual else { continue }
        for index in 0..<block.count * rows { sum[index] += residual[first * rows + index] }
      }
    }
  }
}
