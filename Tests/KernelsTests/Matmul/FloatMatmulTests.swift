import Kernels
import Testing

@Suite struct FloatMatmulTests {
  private static let sizes = [(1, 1, 1), (3, 5, 7), (17, 1, 9), (1, 33, 4), (130, 70, 90), (70, 150, 65)]

  @Test(arguments: sizes, [1, 2, 3]) func agreesWithTheDefinition(_ size: (m: Int, n: Int, k: Int), _ threads: Int) {
    ThreadPool.$current.withValue(ThreadPool(threadCount: threads)) {
      for (transposeA, transposeB) in [(false, false), (true, false), (false, true), (true, true)] {
        for (alpha, beta) in [(1, 0), (0.5, 1), (2, -0.5)] as [(Float, Float)] {
          check(size.m, size.n, size.k, transposeA, transposeB, alpha, beta)
        }
      }
    }
  }

  @Test func noTermsMeanZero() {
    var c: [Float] = [1, 2, 3, 4, 5, 6]
    FloatMatmul.multiply(m: 2, n: 3, k: 0, a: [0], lda: 1, b: [0], ldb: 3, c: &c, ldc: 3)
    #expect(c == [0, 0, 0, 0, 0, 0])
  }

  /// With rows stored further apart than they are long, and something between them that must survive.
  private func check(
    _ m: Int, _ n: Int, _ k: Int, _ transposeA: Bool, _ transposeB: Bool, _ alpha: Float, _ beta: Float
  ) {
    var random = RandomStream(seed: UInt64(m * 100 + n), purpose: .initialization)
    let (rowsA, lda) = transposeA ? (k, m + 3) : (m, k + 3)
    let (rowsB, ldb) = transposeB ? (n, k + 2) : (k, n + 2)
    let ldc = n + 5
    let a = (0..<rowsA * lda).map { _ in random.nextUniform() - 0.5 }
    let b = (0..<rowsB * ldb).map { _ in random.nextUniform() - 0.5 }
    let before = (0..<m * ldc).map { _ in beta == 0 ? Float.nan : random.nextUniform() }
    var c = before
    FloatMatmul.multiply(
      m: m, n: n, k: k, a: a, lda: lda, transposeA: transposeA, b: b, ldb: ldb, transposeB: transposeB,
      alpha: alpha, beta: beta, c: &c, ldc: ldc)
    for row in 0..<m {
      for column in 0..<ldc {
        let (old, new) = (before[row * ldc + column], c[row * ldc + column])
        guard column < n else {
          if new.bitPattern != old.bitPattern { Issue.record("wrote beside C in row \(row)") }
          continue
        }
        let product = (0..<k).reduce(0.0) { sum, p in
          let x = transposeA ? a[p * lda + row] : a[row * lda + p]
          let y = transposeB ? b[column * ldb + p] : b[p * ldb + column]
          return sum + Double(x) * Double(y)
        }
        let expected = Double(alpha) * product + (beta == 0 ? 0 : Double(beta) * Double(old))
        if !(abs(Double(new) - expected) <= 1e-5) { Issue.record("C[\(row), \(column)] is \(new), not \(expected)") }
      }
    }
  }
}
