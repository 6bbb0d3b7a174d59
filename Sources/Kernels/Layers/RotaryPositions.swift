import CKernels

#if canImport(Glibc)
  import Glibc
#else
  import Darwin
#endif

/// Rotary position embeddings (arXiv 2104.09864) in the rotate-half form: pair i is (i, i + headDimension / 2),
/// turned by position · frequency i.
package final class RotaryPositions: Sendable {
  package let headDimension: Int
  package let positionCount: Int
  private let cosineStorage: Storage
  private let sineStorage: Storage

  /// - Parameter inverseFrequencies: radians per position of every pair, [headDimension / 2].
  package init(inverseFrequencies: [Double], positionCount: Int) {
    let half = inverseFrequencies.count
    headDimension = 2 * half
    self.positionCount = positionCount
    cosineStorage = Storage(byteCount: positionCount * half * 4)
    sineStorage = Storage(byteCount: positionCount * half * 4)
    let (cosines, sines) = (cosineStorage.elements(of: Float.self), sineStorage.elements(of: Float.self))
    for (pair, frequency) in inverseFrequencies.enumerated() {
      for position in 0..<positionCount {
        cosines[position * half + pair] = Float(cos(Double(position) * frequency))
        sines[position * half + pair] = Float(sin(Double(position) * frequency))
      }
    }
  }

  package convenience init(
    headDimension: Int, positionCount: Int, theta: Double, scaling: RotaryScaling = .none
  ) {
    self.init(
      inverseFrequencies: scaling.inverseFrequencies(headDimension: headDimension, theta: theta),
      positionCount: positionCount)
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
    ThreadPool.current.forEachRange(of: rows, minimumPerThread: max(1, 16_384 / max(1, width))) { range in
      let first = range.lowerBound
      kernels.rope(
        input + first * width, range.count, heads, headDimension, cosines, sines, positions + first,
        backward ? -1 : 1, output + first * width)
    }
  }
}
