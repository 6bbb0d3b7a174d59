/// y += s·(x·Aᵀ)·Bᵀ, the update of a low-rank adapter, in float32 with a fixed order of sums.
///
/// As with `PanelMatrix`, the bits of a row depend neither on the other rows nor on the number of threads: training and
/// decoding agree.
package struct LowRankProduct: Sendable {
  private let a: PanelMatrix
  private let b: PanelMatrix
  private let scale: Float

  /// - Parameters:
  ///   - a: float32 [rank, inputs].
  ///   - b: float32 [outputs, rank].
  package init(
    a: UnsafePointer<Float>, b: UnsafePointer<Float>, inputs: Int, outputs: Int, rank: Int, scale: Float
  ) {
    self.a = PanelMatrix(a, rows: rank, columns: inputs)
    self.b = PanelMatrix(b, rows: outputs, columns: rank)
    self.scale = scale
  }

  package var inputs: Int { a.columns }
  package var outputs: Int { b.rows }
  package var rank: Int { a.rows }
  package var byteCount: Int { a.byteCount + b.byteCount }

  /// Rows whose results stay in the cache between the product and the sum.
  private static let blockRows = 48

  /// - Parameters:
  ///   - input: float32 [rows, inputs].
  ///   - hidden: receives s·x·Aᵀ, float32 [rows, rank].
  ///   - output: float32 [rows, outputs].
  package func add(
    _ input: UnsafePointer<Float>, rows: Int, hidden: UnsafeMutablePointer<Float>,
    to output: UnsafeMutablePointer<Float>
  ) {
    let kernels = KernelTable.current
    let minimum = max(1, 262_144 / max(1, rank * (inputs + outputs)))
    ThreadPool.current.forEachRange(of: rows, multipleOf: Self.blockRows, minimumPerThread: minimum) { range in
      let block = Storage(byteCount: Self.blockRows * outputs * 4)
      let update = block.elements(of: Float.self)
      for first in stride(from: range.lowerBound, to: range.upperBound, by: Self.blockRows) {
        let count = min(Self.blockRows, range.upperBound - first)
        let inner = hidden + first * rank
        a.multiply(input + first * inputs, inputRows: count, into: inner, on: kernels)
        for index in 0..<count * rank { inner[index] *= scale }
        b.multiply(inner, inputRows: count, into: update, on: kernels)
        let sum = output + first * outputs
        for index in 0..<count * outputs { sum[index] += update[index] }
      }
    }
  }
}

/// W + s·B·A: an adapter merged into a weight.
package enum LowRankSum {
  /// Adds s·B·A to W in place, each element's sum in the order of the rank, whatever the number of threads.
  /// - Parameters:
  ///   - a: float32 [rank, columns].
  ///   - b: float32 [rows, rank].
  ///   - weight: float32 [rows, columns].
  package static func add(
    a: UnsafePointer<Float>, b: UnsafePointer<Float>, rank: Int, scale: Float,
    to weight: UnsafeMutablePointer<Float>, rows: Int, columns: Int
  ) {
    let transposed = Storage(byteCount: columns * rank * 4), product = Storage(byteCount: rows * columns * 4)
    let (panels, update) = (transposed.elements(of: Float.self), product.elements(of: Float.self))
    for column in 0..<columns {
      for inner in 0..<rank { panels[column * rank + inner] = a[inner * columns + column] }
    }
    PanelMatrix(panels, rows: columns, columns: rank).multiply(b, inputRows: rows, into: update)
    ThreadPool.current.forEachRange(of: rows * columns, multipleOf: 16, minimumPerThread: 65_536) { range in
      for index in range { weight[index] += scale * update[index] }
    }
  }
}
