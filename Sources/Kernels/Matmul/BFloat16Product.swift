import CKernels

/// The two matrix products of a quantised layer's backward pass, in bfloat16 with float32 accumulation.
///
/// Codes and 8-bit activations are exact in bfloat16; only the output gradient is rounded.
package enum BFloat16Product {
  /// Whether the current kernel path has instructions for bfloat16 products.
  package static var isAvailable: Bool { KernelTable.current.has_bfloat16_products != 0 }

  /// dX (+)= γ · dY·codes.
  /// - Parameters:
  ///   - outputGradient: float32 [rows, matrix.rows].
  ///   - destination: float32 [rows, matrix.columns].
  package static func inputGradient(
    _ outputGradient: UnsafePointer<Float>, rows: Int, matrix: TernaryMatrix,
    into destination: UnsafeMutablePointer<Float>, adds: Bool
  ) {
    let kernels = KernelTable.current
    let left = LeftOperand(rows: rows, columns: matrix.rows)
    left.forEachRow { range, packed in
      kernels.bfloat16_rows(
        outputGradient + range.lowerBound * matrix.rows, range.count, matrix.rows, packed, left.depth)
    }
    let right = matrix.bfloat16Codes(kernels)
    multiply(left, right, columns: matrix.columns, scale: matrix.gamma, adds: adds, into: destination)
  }

  /// dW (+)= (dY / s)ᵀ·q.
  /// - Parameters:
  ///   - outputGradient: float32 [activations.rows, outputs].
  ///   - destination: float32 [outputs, activations.columns].
  package static func weightGradient(
    _ outputGradient: UnsafePointer<Float>, outputs: Int, activations: QuantizedRows,
    into destination: UnsafeMutablePointer<Float>, adds: Bool
  ) {
    let kernels = KernelTable.current
    // Computed as its transpose, so that layers sharing an input share the transposition of its codes.
    let left = activations.transposedCodes(kernels)
    let right = RightOperand(depth: activations.rows, columns: outputs)
    right.forEachPanelRange { range, panels in
      kernels.bfloat16_row_pairs(
        outputGradient, activations.scales, activations.rows, outputs, panels, right.depth, range.lowerBound,
        range.upperBound)
    }
    multiply(
      left, right, columns: outputs, scale: 1, adds: adds, transposesInto: activations.columns, into: destination)
  }

  /// - Parameter transposedStride: the row length of a destination that holds the transposed product.
  private static func multiply(
    _ left: LeftOperand, _ right: RightOperand, columns: Int, scale: Float, adds: Bool,
    transposesInto transposedStride: Int? = nil, into destination: UnsafeMutablePointer<Float>
  ) {
    let kernels = KernelTable.current
    let depth = left.depth
    require(depth == right.depth, "operands of depth \(depth) and \(right.depth)")
    ThreadPool.current.forEachRange(
      of: left.rows, multipleOf: 32, minimumPerThread: max(1, 4_000_000 / (depth * columns))
    ) { range in
      let first = range.lowerBound
      kernels.bfloat16_matmul(
        left.packed + first * depth, range.count, depth, right.packed, columns, scale, adds ? 1 : 0,
        transposedStride == nil ? 0 : 1, destination + (transposedStride == nil ? first * columns : first),
        transposedStride ?? columns)
    }
  }
}

/// [rows, rounded up to 32][depth, rounded up to 32] bfloat16.
package final class LeftOperand {
  let rows: Int
  let depth: Int
  private let storage: Storage

  init(rows: Int, columns: Int) {
    self.rows = rows
    depth = (columns + 31) / 32 * 32
    storage = Storage(byteCount: (rows + 31) / 32 * 32 * depth * 2)
    // Beyond the rows anything finite will do, but what is not initialised may be a NaN.
    let padding = (rows + 31) / 32 * 32 - rows
    (packed + rows * depth).update(repeating: 0, count: padding * depth)
  }

  var packed: UnsafeMutablePointer<UInt16> { storage.elements() }

  func forEachRow(_ body: (Range<Int>, UnsafeMutablePointer<UInt16>) -> Void) {
    ThreadPool.current.forEachRange(of: rows, minimumPerThread: max(1, 16_384 / depth)) { range in
      body(range, packed + range.lowerBound * depth)
    }
  }
}

/// Panels of 16 columns, an even number of them: [depth / 2][16][2] bfloat16.
package final class RightOperand {
  let depth: Int
  private let columns: Int
  private let storage: Storage

  init(depth: Int, columns: Int) {
    self.depth = (depth + 31) / 32 * 32
    self.columns = columns
    let panels = (columns + 31) / 32 * 2
    storage = Storage(byteCount: panels * 16 * self.depth * 2)
    let used = (columns + 15) / 16
    (packed + used * 16 * self.depth).update(repeating: 0, count: (panels - used) * 16 * self.depth)
  }

  var packed: UnsafeMutablePointer<UInt16> { storage.elements() }

  func forEachPanelRange(_ body: (Range<Int>, UnsafeMutablePointer<UInt16>) -> Void) {
    ThreadPool.current.forEachRange(of: (columns + 15) / 16, minimumPerThread: max(1, 1024 / depth)) { range in
      body(range, packed)
    }
  }
}
