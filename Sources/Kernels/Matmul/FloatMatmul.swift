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
    guard let library = OpenBLAS.shared else { UnsurvivableFailure.end(OpenBLAS.missing) }
    library.prepare(callers: ThreadPool.current.threadCount)
    let multiply = library.multiplyFloats
    let opA = transposeA ? OpenBLAS.transposed : OpenBLAS.plain
    let opB = transposeB ? OpenBLAS.transposed : OpenBLAS.plain
    // Cutting the longer side repeats the packing of the smaller operand only.
    let cutsRows = m >= n
    let minimum = max(1, multiplicationsPerThread / max(1, k * min(m, n)))
    ThreadPool.current.forEachRange(of: max(m, n), multipleOf: 16, minimumPerThread: minimum) { range in
      let (row, column) = cutsRows ? (range.lowerBound, 0) : (0, range.lowerBound)
      let (rows, columns) = cutsRows ? (range.count, n) : (m, range.count)
      multiply(
        OpenBLAS.rowMajor, opA, opB, Int32(rows), Int32(columns), Int32(k), alpha,
        a + (transposeA ? row : row * lda), Int32(lda),
        b + (transposeB ? column * ldb : column), Int32(ldb), beta,
        c + (row * ldc + column), Int32(ldc))
    }
  }

  /// Below this many multiplications a second thread costs more than it saves.
  private static let multiplicationsPerThread = 262_144
}
