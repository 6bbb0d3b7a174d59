import CKernels

#if canImport(Glibc)
  import Glibc
#else
  import Darwin
#endif

/// Rotary position embeddings (arXiv 2104.09864) in the rotate-half form: pair i is (i, i + headDimension / 2),
/// turned by position · θ^(−2i / headDimension).
package final class RotaryPositions: Sendable {
  package let headDimension: Int
  package let positionCount: Int
  private let cosineStorage: Storage
  private let sineStorage: Storage

  package init(headDimension: Int, positionCount: Int, theta: Double) {
    require(headDimension.isMultiple(of: 2), "rotary positions need an even head dimension, got \(headDimension)")
    self.headDimension = headDimension
    self.positionCount = positionCount
    let half = headDimension / 2
    cosineStorage = Storage(byteCount: positionCount * half * 4)
    sineStorage = Storage(byteCount: positionCount * half * 4)
    let (cosines, sines) = (cosineStorage.elements(of: Float.self), sineStorage.elements(of: Float.self))
    for pair in 0..<half {
      let frequency = pow(theta, -2 * Double(pair) / Double(headDimension))
      for position in 0..<positionCount {
        cosines[position * half + pair] = Float(cos(Double(position) * frequency))
        sines[position * half + pair] = Float(sin(Double(position) * frequency))
      }
    }
  }

  /// Rotates rows of heads, forward or (the transpose, for gradients) backward.
  /// - Parameters:
  ///   - input, output: float32 [rows, heads · headDimension]; may be the same memory.
  ///   - positions: of each row, below `positionCount`.
  package func rotate(
    _ input: UnsafePointer<Float>, rows: Int, heads: Int, positions: UnsafePointer<Int32>, backward: Bool = false,
    output: UnsafeMutablePointer<Float>
  ) {
    let kernels = KernelTable.current
    let width = heads * headDimension
    let (cosines, sines) = (cosineStorage.elements(of: Float.self), sineStorage.elements(of: Float.self))
    ThreadPool.current.forEachRange(of: rows, minimumPerThread: max(1, 16_384 / width)) { range in
      let first = range.lowerBound
      kernels.rope(
        input + first * width, range.count, heads, headDimension, cosines, sines, positions + first,
        backward ? -1 : 1, output + first * width)
    }
  }
}
