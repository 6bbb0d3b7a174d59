import CKernels

/// s·(x·Aᵀ)·Bᵀ, the update of a low-rank adapter, in float32 with a fixed order of sums.
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

  /// Rows whose results stay in the cache between the products.
  private static let blockRows = 48

  /// - Parameters:
  ///   - input: float32 [rows, inputs].
  ///   - hidden: receives s·x·Aᵀ, float32 [rows, rank].
  ///   - output: receives the update, float32 [rows, outputs].
  package func multiply(
    _ input: UnsafePointer<Float>, rows: Int, hidden: UnsafeMutablePointer<Float>,
    into output: UnsafeMutablePointer<Float>
  ) {
    forEachBlock(of: rows) { _, block, kernels in
      multiply(input, block, hidden, into: output + block.lowerBound * outputs, kernels)
    }
  }

  /// Adds the update to `output`; the bits are those of the sum of `multiply` and `output`.
  package func add(
    _ input: UnsafePointer<Float>, rows: Int, hidden: UnsafeMutablePointer<Float>,
    to output: UnsafeMutablePointer<Float>
  ) {
    let blocks = (0..<ThreadPool.current.threadCount).map { _ in Storage(byteCount: Self.blockRows * outputs * 4) }
    forEachBlock(of: rows) { part, block, kernels in
      let update = blocks[part].elements(of: Float.self)
      multiply(input, block, hidden, into: update, kernels)
      let sum = output + block.lowerBound * outputs
      for index in 0..<block.count * outputs { sum[index] += update[index] }
    }
  }

  private func forEachBlock(of rows: Int, _ body: (_ part: Int, Range<Int>, bitnet_kernels) -> Void) {
    let kernels = KernelTable.current
    let minimum = max(1, 262_144 / max(1, rank * (inputs + outputs)))
    ThreadPool.current.forEachPart(of: rows, multipleOf: Self.blockRows, minimumPerThread: minimum) { part, range in
      for first in stride(from: range.lowerBound, to: range.upperBound, by: Self.blockRows) {
        body(part, first..<min(first + Self.blockRows, range.upperBound), kernels)
      }
    }
  }

  /// The rows of a block on the calling thread.
  /// - Parameter output: of the block.
  func multiply(
    _ input: UnsafePointer<Float>, _ block: Range<Int>, _ hidden: UnsafeMutablePointer<Float>,
    into output: UnsafeMutablePointer<Float>, _ kernels: bitnet_kernels
  ) {
    let inner = hidden + block.lowerBound * rank
    a.multiply(input + block.lowerBound * inputs, inputRows: block.count, into: inner, on: kernels)
    for index in 0..<block.count * rank { inner[index] *= scale }
    b.multiply(inner, inputRows: block.count, into: output, on: kernels)
  }
}
