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
