import Kernels

/// An embedding or head that is not trained, in the format it is stored in: never widened as a whole.
public final class FrozenTable {
  package let matrix: StoredMatrix

  package init(_ matrix: StoredMatrix) { self.matrix = matrix }

  /// [vocabulary, width]
  public var shape: Shape { [matrix.rows, matrix.columns] }

  /// Rows that are widened at a time.
  private static let rowsAtOnce = 1024

  /// dx += dy·W, a few rows of W at a time.
  /// - Parameters:
  ///   - outputGradient: dy, float32 [rows, vocabulary].
  ///   - destination: dx, float32 [rows, width]; overwritten when `isFirst`.
  func addInputGradient(
    _ outputGradient: UnsafePointer<Float>, rows: Int, to destination: UnsafeMutablePointer<Float>, isFirst: Bool
  ) {
    let (vocabulary, width) = (matrix.rows, matrix.columns)
    let widened = Tensor(uninitialized: [min(Self.rowsAtOnce, vocabulary), width])
    for first in stride(from: 0, to: vocabulary, by: Self.rowsAtOnce) {
      let count = min(Self.rowsAtOnce, vocabulary - first)
      ThreadPool.current.forEachRange(of: count, minimumPerThread: 16) { range in
        for row in range { matrix.copyRow(first + row, into: widened.floats + row * width) }
      }
      FloatMatmul.multiply(
        m: rows, n: width, k: count, a: outputGradient + first, lda: vocabulary, b: widened.floats, ldb: width,
        beta: isFirst && first == 0 ? 0 : 1, c: destination, ldc: width)
    }
  }
}

/// Rows of a frozen table, looked up by index; nothing is recorded.
/// - Returns: float32 [indices.count, width].
public func embedding(_ table: FrozenTable, indices: [Int32]) -> Tensor {
  let (vocabulary, width) = (table.matrix.rows, table.matrix.columns)
  require(
    indices.allSatisfy { $0 >= 0 && $0 < vocabulary }, "an index is outside of a table of shape \(table.shape)")
  let result = Tensor(uninitialized: [indices.count, width])
  for (row, index) in indices.enumerated() { table.matrix.copyRow(Int(index), into: result.floats + row * width) }
  return result
}

/// y = x·Wᵀ with a frozen table: the logits of a head.
/// - Parameter input: [..., width].
/// - Returns: [..., vocabulary].
public func linear(_ input: Tensor, table: FrozenTable) -> Tensor {
  let (rows, shape) = LinearShape.check(input.shape, table.shape)
  let x = input.float32.contiguous
  let result = Tensor(uninitialized: shape)
  table.matrix.multiply(x.floats, inputRows: rows, into: result.floats)
  return result.recorded(from: x, by: FrozenLinearBackward(table: table))
}

/// dx = dy·W.
private struct FrozenLinearBackward: BackwardOperation {
  let table: FrozenTable

  func backward(_ outputGradient: Tensor, into inputs: GradientSink) {
    let rows = outputGradient.shape.count / table.matrix.rows
    inputs.accumulate(to: 0) {
      table.addInputGradient(outputGradient.floats, rows: rows, to: $0, isFirst: $1)
    }
  }
}
