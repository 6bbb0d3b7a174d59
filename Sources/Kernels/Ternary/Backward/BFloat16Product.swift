import CKernels

/// The two matrix products of a quantised layer's backward pass, in bfloat16 with float32 accumulation.
///
/// Codes and 8-bit activations are exact in bfloat16; only the output gradient is rounded.
package struct BFloat16Product {
  /// Whether the current kernel path has instructions for bfloat16 products.
  package static var isAvailable: Bool { KernelTable.current.has_bfloat16_products != 0 }

  private let outputGradient: UnsafePointer<Float>
  private let activations: QuantizedRows
  private let matrix: TernaryMatrix

  /// - Parameter outputGradient: float32 [activations.rows, matrix.rows].
  package init(outputGradient: UnsafePointer<Float>, activations: QuantizedRows, matrix: TernaryMatrix) {
    (self.outputGradient, self.activations, self.matrix) = (outputGradient, activations, matrix)
  }

  /// dX (+)= γ · dY·codes and dW (+)= (dY / s)ᵀ·q.
  /// - Parameters:
  ///   - inputGradient: [activations.rows, matrix.columns], or nil.
  ///   - weightGradient: [matrix.rows, matrix.columns], or nil.
  package func multiply(into inputGradient: GradientDestination?, and weightGradient: GradientDestination?) {
    require(inputGradient != nil || weightGradient != nil, "no product of the backward pass is asked for")
    let kernels = KernelTable.current
    let length = chunkLength
    let input = inputGradient.map {
      InputGradient(matrix: matrix, chunkLength: length, destination: $0, kernels: kernels)
    }
    let weight = weightGradient.map {
      WeightGradient(
        matrix: matrix, activations: activations, chunkLength: length, destination: $0, kernels: kernels)
    }
    for start in stride(from: 0, to: activations.rows, by: length) {
      let chunk = start..<min(start + length, activations.rows)
      round(chunk, input, weight, on: kernels)
      weight?.add(chunk, on: kernels)
    }
  }

  /// Rounds rows of the output gradient for both products in one pass, and multiplies them by the codes.
  private func round(
    _ chunk: Range<Int>, _ input: InputGradient?, _ weight: WeightGradient?, on kernels: bitnet_kernels
  ) {
    let outputs = matrix.rows
    ThreadPool.current.forEachRange(
      of: chunk.count, multipleOf: 32, minimumPerThread: max(1, 16_384 / max(1, outputs))
    ) { rows in
      kernels.bfloat16_gradient(
        outputGradient + chunk.lowerBound * outputs, chunk.count, outputs, rows.lowerBound, rows.upperBound,
        matrix.gamma, activations.scales + chunk.lowerBound, input?.operand(of: rows.lowerBound),
        weight?.panels.elements)
      input?.multiply(rows, ofChunkAt: chunk.lowerBound, on: kernels)
    }
  }

  /// Rows of the output gradient that are rounded and multiplied at a time. Where the sums of the weight gradient stay
  /// in the second-level cache, the rounded rows do too; else all at once, so that the sums are visited once.
  private var chunkLength: Int {
    let sumBytes = matrix.rows * matrix.columns * 4
    return sumBytes < 1 << 20 ? min(256, activations.rows) : activations.rows
  }
}

/// dX (+)= γ · dY·codes, some rows of a chunk at a time.
private struct InputGradient {
  private let codes: BFloat16Operand
  private let gradient: BFloat16Operand
  private let width: Int
  private let destination: GradientDestination

  init(matrix: TernaryMatrix, chunkLength: Int, destination: GradientDestination, kernels: bitnet_kernels) {
    codes = matrix.bfloat16Codes(kernels)
    gradient = BFloat16Operand(extent: chunkLength, depth: matrix.rows)
    width = matrix.columns
    self.destination = destination
  }

  /// Where dY · γ of a row of the chunk, a multiple of 32, belongs.
  func operand(of row: Int) -> UnsafeMutablePointer<UInt16> { gradient.elements + row * gradient.depth }

  func multiply(_ rows: Range<Int>, ofChunkAt start: Int, on kernels: bitnet_kernels) {
    kernels.bfloat16_matmul(
      operand(of: rows.lowerBound), gradient.depth, rows.count, gradient.depth, codes.elements, width,
      destination.adds ? 1 : 0, destination.values + (start + rows.lowerBound) * width, width)
  }
}

/// dW (+)= (dY / s)ᵀ·q, one chunk of rows after the other.
///
/// Computed as its transpose, so that layers sharing an input share the transposition of its codes, and because the
/// result is smaller than its operands.
private struct WeightGradient {
  /// dY / s of a chunk.
  let panels: BFloat16Operand
  private let codes: BFloat16Operand
  /// The transpose of what the chunks so far add up to; of a single chunk, one strip for each thread.
  private let sums: Storage
  private let isWhole: Bool
  private let matrix: TernaryMatrix
  private let rows: Int
  private let destination: GradientDestination

  init(
    matrix: TernaryMatrix, activations: QuantizedRows, chunkLength: Int, destination: GradientDestination,
    kernels: bitnet_kernels
  ) {
    panels = BFloat16Operand(extent: matrix.rows, depth: chunkLength)
    codes = activations.transposedCodes(kernels)
    rows = activations.rows
    isWhole = chunkLength >= rows
    let columns = isWhole ? ThreadPool.current.threadCount * Self.stripRows : matrix.columns
    sums = Storage(byteCount: columns * matrix.rows * 4)
    (self.matrix, self.destination) = (matrix, destination)
  }

  /// Adds the product of a chunk, and after the last one delivers the sums, by strips that stay in a cache.
  func add(_ chunk: Range<Int>, on kernels: bitnet_kernels) {
    let (inputs, outputs, depth) = (matrix.columns, matrix.rows, BFloat16Operand.padded(chunk.count))
    let isLast = chunk.upperBound == rows
    ThreadPool.current.forEachPart(
      of: inputs, multipleOf: 32, minimumPerThread: max(1, 4_000_000 / max(1, depth * outputs))
    ) { part, range in
      for first in stride(from: range.lowerBound, to: range.upperBound, by: Self.stripRows) {
        let count = min(Self.stripRows, range.upperBound - first)
        let strip = sums.elements(of: Float.self) + (isWhole ? part * Self.stripRows : first) * outputs
        kernels.bfloat16_matmul(
          codes.elements + first * codes.depth + chunk.lowerBound * 16, codes.depth, count, depth, panels.elements,
          outputs, chunk.lowerBound > 0 ? 1 : 0, strip, outputs)
        guard isLast else { continue }
        kernels.transpose(strip, count, outputs, destination.values + first, inputs, destination.adds ? 1 : 0)
      }
    }
  }

  private static let stripRows = 128
}
