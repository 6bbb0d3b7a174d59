import COpenBLAS

/// Dense float32 matrix products by OpenBLAS, which runs single-threaded on each thread of the `ThreadPool`.
package enum FloatMatmul {
  /// C ← alpha · op(A) · op(B) + beta · C, with op(A) of m × k, op(B) of k × n and C of m × n, all row-major.
  ///
  /// op(X) is X, or its transpose when `transposeX` is set: A is then stored as k × m, B as n × k. `lda`, `ldb`, `ldc`
  /// are the distances in elements between stored rows. With `beta` 0 the old contents of C do not matter.
  package static func multiply(
    m: Int, n: Int, k: Int,
    a: UnsafePointer<Float>, lda: Int, transposeA: Bool = false,
    b: UnsafePointer<Float>, ldb: Int, transposeB: Bool = false,
    alpha: Float = 1, beta: Float = 0,
    c: UnsafeMutablePointer<Float>, ldc: Int
  ) {
    guard k > 0 else {
      // OpenBLAS asks for distances above 0, which operands without elements do not have.
      for row in 0..<m { for column in 0..<n { c[row * ldc + column] = beta == 0 ? 0 : beta * c[row * ldc + column] } }
      return
    }
    guard m > 0 && n > 0 else { return }
    _ = singleThreaded
    let (opA, opB) = (transposeA ? CblasTrans : CblasNoTrans, transposeB ? CblasTrans : CblasNoTrans)
    // Cutting the longer side repeats the packing of the smaller operand only.
    let cutsRows = m >= n
    let minimum = max(1, multiplicationsPerThread / max(1, k * min(m, n)))
    ThreadPool.current.forEachRange(of: max(m, n), multipleOf: 16, minimumPerThread: minimum) { range in
      let (row, column) = cutsRows ? (range.lowerBound, 0) : (0, range.lowerBound)
      let (rows, columns) = cutsRows ? (range.count, n) : (m, range.count)
      cblas_sgemm(
        CblasRowMajor, opA, opB, blasint(rows), blasint(columns), blasint(k), alpha,
        a + (transposeA ? row : row * lda), blasint(lda),
        b + (transposeB ? column * ldb : column), blasint(ldb), beta,
        c + (row * ldc + column), blasint(ldc))
    }
  }

  /// Below this many multiplications a second thread costs more than it saves.
  private static let multiplicationsPerThread = 262_144

  /// The partition over threads is ours, so that it is reproducible and shares the threads of the other kernels.
  private static let singleThreaded: Void = openblas_set_num_threads(1)
}
