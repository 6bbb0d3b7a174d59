import CKernels

/// Softmax cross-entropy of rows of logits against target indices; a negative target is ignored.
package enum CrossEntropyKernel {
  private static func minimumRows(_ columns: Int) -> Int { max(1, 8192 / max(1, columns)) }

  /// - Parameters:
  ///   - logits: float32 [rows, columns].
  ///   - losses: gets −log softmax(logits)[target] in nats, 0 where ignored, [rows].
  ///   - logSums: gets log Σ exp(logits), [rows].
  package static func forward(
    logits: UnsafePointer<Float>, rows: Int, columns: Int, targets: UnsafePointer<Int32>,
    losses: UnsafeMutablePointer<Float>, logSums: UnsafeMutablePointer<Float>
  ) {
    let kernels = KernelTable.current
    ThreadPool.current.forEachRange(of: rows, minimumPerThread: minimumRows(columns)) { range in
      let first = range.lowerBound
      kernels.cross_entropy(
        logits + first * columns, range.count, columns, targets + first, losses + first, logSums + first)
    }
  }

  /// Replaces logits by their gradients (softmax − one-hot)·dloss.
  package static func backward(
    logits: UnsafeMutablePointer<Float>, rows: Int, columns: Int, targets: UnsafePointer<Int32>,
    logSums: UnsafePointer<Float>, lossGradients: UnsafePointer<Float>
  ) {
    let kernels = KernelTable.current
    ThreadPool.current.forEachRange(of: rows, minimumPerThread: minimumRows(columns)) { range in
      let first = range.lowerBound
      kernels.cross_entropy_backward(
        logits + first * columns, range.count, columns, targets + first, logSums + first, lossGradients + first)
    }
  }
}
