import CKernels

/// A float32 weight matrix packed for y = x·Wᵀ, whose outputs accumulate in the order of the input features.
///
/// The bits of an output row do not depend on how many rows are computed together nor on the number of threads; the
/// tied head and full-precision layers run through it in training, evaluation and decoding alike.
package final class PanelMatrix: Sendable {
  /// Output features.
  package let rows: Int
  /// Input features.
  package let columns: Int
  private let storage: Storage
  package var byteCount: Int { storage.byteCount }

  private static let panelRows = Int(BITNET_PANEL_COLUMNS)

  /// - Parameter weights: float32 [rows, columns].
  package init(_ weights: UnsafePointer<Float>, rows: Int, columns: Int) {
    self.rows = rows
    self.columns = columns
    let panelCount = (rows + Self.panelRows - 1) / Self.panelRows
    storage = Storage(byteCount: panelCount * Self.panelRows * columns * 4)
    let kernels = KernelTable.current
    let panels = storage.elements(of: Float.self)
    let minimum = max(1, 65_536 / max(1, Self.panelRows * columns))
    ThreadPool.current.forEachRange(of: panelCount, minimumPerThread: minimum) { range in
      kernels.pack_floats(weights, rows, columns, panels, range.lowerBound, range.upperBound)
    }
  }

  /// y[m][n] = Σ_k x[m][k]·W[n][k].
  /// - Parameters:
  ///   - input: float32 [inputRows, columns].
  ///   - output: float32 [inputRows, rows].
  package func multiply(
    _ input: UnsafePointer<Float>, inputRows: Int, into output: UnsafeMutablePointer<Float>
  ) {
    let kernels = KernelTable.current
    ThreadPool.current.forEachRange(
      of: inputRows, multipleOf: 24, minimumPerThread: max(1, 262_144 / max(1, rows * columns))
    ) { range in
      let first = range.lowerBound
      multiply(input + first * columns, inputRows: range.count, into: output + first * rows, on: kernels)
    }
  }

  /// The same product on the calling thread, for use inside a parallel region, where the table of the caller holds.
  func multiply(
    _ input: UnsafePointer<Float>, inputRows: Int, into output: UnsafeMutablePointer<Float>, on kernels: bitnet_kernels
  ) {
    kernels.float_matmul(
      input, columns, inputRows, storage.elements(of: Float.self), columns, rows, output, rows)
  }
}
