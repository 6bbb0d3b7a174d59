import CKernels

/// The two matrix products of a quantised layer's backward pass, in bfloat16 with float32 accumulation.
///
/// Codes and 8-bit activations are exact in bfloat16; only the output gradient is rounded.
package struct BFloat16Product {
  /// Whether the current kernel path has instructions for bfloat16 products.
  package static var isAvailable: Bool { KernelTable.current.has_bfloat16_products != 0 }

  private let activations: QuantizedRows
  private let matrix: TernaryMatrix
  /// dY · γ
  private let rows: BFloat16Operand?
  /// dY / s
  private let panels: BFloat16Operand?

  /// Rounds the output gradient to bfloat16, in one pass for both products.
  /// - Parameters:
  ///   - outputGradient: float32 [activations.rows, matrix.rows].
  ///   - wantsInput, wantsWeight: which of the two products will be asked for.
  package init(
    outputGradient: UnsafePointer<Float>, activations: QuantizedRows, matrix: TernaryMatrix, wantsInput: Bool,
    wantsWeight: Bool
  ) {
    require(wantsInput || wantsWeight, "no product of the backward pass is asked for")
    let (count, outputs) = (activations.rows, matrix.rows)
    let kernels = KernelTable.current
    let rows = wantsInput ? BFloat16Operand(extent: count, depth: outputs) : nil
    let panels = wantsWeight ? BFloat16Operand(extent: outputs, depth: count) : nil
    ThreadPool.current.forEachRange(of: count, multipleOf: 32, minimumPerThread: max(1, 16_384 / outputs)) { range in
      kernels.bfloat16_gradient(
        outputGradient, count, outputs, range.lowerBound, range.upperBound, matrix.gamma, activations.scales,
        rows.map { $0.elements + range.lowerBound * $0.depth }, panels?.elements)
    }
    (self.activations, self.matrix, self.rows, self.panels) = (activations, matrix, rows, panels)
  }

  /// dX (+)= γ · dY·codes.
  /// - Parameter destination: float32 [activations.rows, matrix.columns].
  package func inputGradient(into destination: UnsafeMutablePointer<Float>, adds: Bool) {
    guard let rows else { fatalError("the operand of dX was not asked for") }
    let kernels = KernelTable.current
    let codes = matrix.bfloat16Codes(kernels)
    let (columns, depth) = (matrix.columns, rows.depth)
    require(depth == codes.depth, "operands of depth \(depth) and \(codes.depth)")
    ThreadPool.current.forEachRange(
      of: activations.rows, multipleOf: 32, minimumPerThread: minimumRows(work: depth * columns)
    ) { range in
      kernels.bfloat16_matmul(
        rows.elements + range.lowerBound * depth, range.count, depth, codes.elements, columns, adds ? 1 : 0,
        destination + range.lowerBound * columns, columns)
    }
  }

  /// dW (+)= (dY / s)ᵀ·q.
  /// - Parameter destination: float32 [matrix.rows, matrix.columns].
  package func weightGradient(into destination: UnsafeMutablePointer<Float>, adds: Bool) {
    guard let panels else { fatalError("the operand of dW was not asked for") }
    let kernels = KernelTable.current
    // Computed as its transpose, so that layers sharing an input share the transposition of its codes, and because the
    // result is smaller than its operands.
    let codes = activations.transposedCodes(kernels)
    let (inputs, outputs, depth) = (matrix.columns, matrix.rows, panels.depth)
    require(depth == codes.depth, "operands of depth \(depth) and \(codes.depth)")
    let pool = ThreadPool.current
    let strips = (0..<pool.threadCount).map { _ in Storage(byteCount: Self.stripRows * outputs * 4) }
    pool.forEachPart(of: inputs, multipleOf: 32, minimumPerThread: minimumRows(work: depth * outputs)) { part, range in
      let strip = strips[part].elements(of: Float.self)
      for first in stride(from: range.lowerBound, to: range.upperBound, by: Self.stripRows) {
        let count = min(Self.stripRows, range.upperBound - first)
        kernels.bfloat16_matmul(
          codes.elements + first * depth, count, depth, panels.elements, outputs, 0, strip, outputs)
        kernels.transpose(strip, count, outputs, destination + first, inputs, adds ? 1 : 0)
      }
    }
  }

  /// Rows of the transposed weight gradient that are computed at a time, to be transposed while they are in a cache.
  private static let stripRows = 128

  private func minimumRows(work: Int) -> Int { max(1, 4_000_000 / work) }
}

/// An operand of a bfloat16 product in the layout of the kernels, rows or columns and depth padded to multiples of 32.
final class BFloat16Operand {
  let depth: Int
  private let storage: Storage

  /// - Parameter extent: rows of a left operand, columns of a right one.
  init(extent: Int, depth: Int) {
    self.depth = Self.padded(depth)
    storage = Storage(byteCount: Self.padded(extent) * self.depth * 2)
  }

  var elements: UnsafeMutablePointer<UInt16> { storage.elements() }

  static func padded(_ extent: Int) -> Int { (extent + 31) / 32 * 32 }
}
