import Kernels

/// A batch of matrix products on views, handed to BLAS with as few copies and calls as possible.
struct MatrixProduct {
  private let left: MatrixOperand
  private let right: MatrixOperand
  private let m: Int
  private let n: Int
  private let k: Int
  private let batch: Shape

  /// - Parameter batch: the leading extents that both operands broadcast to.
  init(_ left: Tensor, _ right: Tensor, batch: Shape) {
    (n, k) = (right.shape[-1], left.shape[-1])
    let isOneMatrix =
      right.shape.count == k * n && left.isContiguous
      && left.shape.count == batch.count * left.shape[-2] * k
    if isOneMatrix && batch.count > 1 {
      // The same right matrix for the whole batch: its rows lie below one another.
      m = batch.count * left.shape[-2]
      self.batch = []
      self.left = MatrixOperand(left.detached.reshaped(to: [m, k]))
      self.right = MatrixOperand(right.detached.reshaped(to: [k, n]))
    } else {
      m = left.shape[-2]
      self.batch = batch
      self.left = MatrixOperand(left)
      self.right = MatrixOperand(right)
    }
  }

  /// Writes the products one after another, row-major; `isAdding` adds them to what is there.
  func write(to destination: UnsafeMutablePointer<Float>, isAdding: Bool = false) {
    guard m > 0 && n > 0 && batch.count > 0 else { return }
    guard k > 0 else {
      if !isAdding { destination.update(repeating: 0, count: batch.count * m * n) }
      return
    }
    let columns = batch.paddedToFour[3]
    // A loop over threads inside of this one runs serially, so a single matrix is the only one that is cut.
    ThreadPool.current.forEachRange(of: batch.count, minimumPerThread: max(1, 65_536 / (m * n * k))) { range in
      for index in range {
        let (i, j) = (index / columns, index % columns)
        FloatMatmul.multiply(
          m: m, n: n, k: k,
          a: left.matrix(i, j), lda: left.rowDistance, transposeA: left.isTransposed,
          b: right.matrix(i, j), ldb: right.rowDistance, transposeB: right.isTransposed,
          beta: isAdding ? 1 : 0, c: destination + index * m * n, ldc: n)
      }
    }
  }
}

/// The last two axes of a view as BLAS wants them: one of them dense.
private struct MatrixOperand {
  let tensor: Tensor
  let isTransposed: Bool
  let rowDistance: Int
  private let batchSteps: (Int, Int)

  init(_ operand: Tensor) {
    var view = operand.detached.float32
    var layout = Self.layout(of: view)
    if layout == nil {
      view = view.contiguous
      layout = (false, max(1, view.shape[-1]))
    }
    tensor = view
    (isTransposed, rowDistance) = layout!
    let steps = view.paddedStrides
    batchSteps = (steps[0], steps[1])
  }

  func matrix(_ i: Int, _ j: Int) -> UnsafePointer<Float> {
    UnsafePointer(tensor.floats + (i * batchSteps.0 + j * batchSteps.1))
  }

  /// Whether the columns rather than the rows are dense, and their distance; nil when neither are.
  private static func layout(of view: Tensor) -> (isTransposed: Bool, distance: Int)? {
    let (rows, columns) = (view.shape[-2], view.shape[-1])
    let (rowStep, columnStep) = (view.strides[-2], view.strides[-1])
    if (columnStep == 1 || columns == 1) && (rowStep >= max(1, columns) || rows == 1) {
      return (false, rows == 1 ? max(1, columns) : rowStep)
    }
    if (rowStep == 1 || rows == 1) && (columnStep >= max(1, rows) || columns == 1) {
      return (true, columns == 1 ? max(1, rows) : columnStep)
    }
    return nil
  }
}
