import CKernels

/// The backward pass of a frozen ternary matrix with a low-rank adapter, in bfloat16 with float32 accumulation.
///
/// For y = x̂·(codes·γ)ᵀ + s·(z·Aᵀ)·Bᵀ, with h = s·z·Aᵀ and dh = s·dy·B: dx = dy·(codes·γ), dz = dh·A, dA = dhᵀ·z,
/// dB = dyᵀ·h. An adapter inside the quantiser has z = x̂, straight-through, and no dz. Blocks of rows stay in a cache for
/// all of it. Every thread sums its own rows of dA and dB; the sums of the threads are added in their order.
package struct AdapterGradients {
  /// What the adapter multiplied.
  package enum Input {
    /// z as float32 [rows, columns], and h as float32 [rows, rank].
    case floats(UnsafePointer<Float>, hidden: UnsafePointer<Float>)
    /// The quantised input of the matrix itself.
    case codes(QuantizedRows)
  }

  private let matrix: TernaryMatrix
  private let rank: Int
  private let scale: Float
  private let kernels = KernelTable.current
  /// Right operands: the codes (depth: outputs), B·s/γ (depth: outputs), A (depth: rank), Aᵀ·s (depth: inputs).
  private let codes: BFloat16Operand?
  private let factorB: BFloat16Operand
  private let factorA: BFloat16Operand
  private let transposedA: BFloat16Operand?

  /// A multiple of 32, as the operands are padded.
  private static let blockRows = 128
  private static let ones = [Float](repeating: 1, count: blockRows)

  /// - Parameters:
  ///   - a: float32 [rank, matrix.columns].
  ///   - b: float32 [matrix.rows, rank].
  ///   - wantsInput: whether dx will be asked for.
  ///   - computesHidden: whether h is to be computed, for `Input.codes`.
  package init(
    _ matrix: TernaryMatrix, a: UnsafePointer<Float>, b: UnsafePointer<Float>, rank: Int, scale: Float,
    wantsInput: Bool, computesHidden: Bool
  ) {
    (self.matrix, self.rank, self.scale) = (matrix, rank, scale)
    codes = wantsInput ? matrix.bfloat16Codes(kernels) : nil
    // dy comes multiplied by γ, for the codes.
    factorB = BFloat16Operand(right: b, rows: matrix.rows, columns: rank, divisor: matrix.gamma / scale, kernels)
    factorA = BFloat16Operand(right: a, rows: rank, columns: matrix.columns, divisor: 1, kernels)
    guard computesHidden else {
      transposedA = nil
      return
    }
    let transposed = Storage(byteCount: rank * matrix.columns * 4)
    kernels.transpose(a, rank, matrix.columns, transposed.elements(), rank, 0)
    transposedA = BFloat16Operand(
      right: transposed.elements(), rows: matrix.columns, columns: rank, divisor: 1 / scale, kernels)
  }

  /// - Parameters:
  ///   - outputGradient: dy, float32 [rows, matrix.rows].
  ///   - x: dx, float32 [rows, matrix.columns]; nil: not wanted.
  ///   - z: dz, float32 [rows, matrix.columns], after dx; may be the same memory, to which it then adds; nil: not wanted.
  ///   - a: dA, float32 [rank, matrix.columns].
  ///   - b: dB, float32 [matrix.rows, rank].
  package func compute(
    _ outputGradient: UnsafePointer<Float>, rows: Int, input: Input, x: GradientDestination?, z: GradientDestination?,
    a: GradientDestination, b: GradientDestination
  ) {
    let pool = ThreadPool.current
    let parts = (0..<pool.threadCount).map { _ in Scratch(matrix, rank: rank, blockRows: Self.blockRows) }
    pool.forEachPart(of: rows, multipleOf: Self.blockRows, minimumPerThread: Self.blockRows) { part, range in
      for first in stride(from: range.lowerBound, to: range.upperBound, by: Self.blockRows) {
        let block = first..<min(first + Self.blockRows, range.upperBound)
        propagate(block, outputGradient, x, z, parts[part])
        addFactors(block, input, parts[part])
      }
    }
    for (part, scratch) in parts.enumerated() { add(scratch, to: a, b, isFirst: part == 0) }
  }

  /// dy of a block into its operands; dx, dh and dz.
  private func propagate(
    _ block: Range<Int>, _ outputGradient: UnsafePointer<Float>, _ x: GradientDestination?,
    _ z: GradientDestination?, _ scratch: Scratch
  ) {
    let (count, columns, outputs) = (block.count, matrix.columns, matrix.rows)
    Self.ones.withUnsafeBufferPointer { ones in
      kernels.bfloat16_gradient(
        outputGradient + block.lowerBound * outputs, count, outputs, 0, count, matrix.gamma, ones.baseAddress,
        scratch.left.elements, scratch.right.elements)
    }
    let offset = block.lowerBound * columns
    if let x, let codes {
      kernels.bfloat16_matmul(
        scratch.left.elements, scratch.left.depth, count, scratch.left.depth, codes.elements, columns, x.adds ? 1 : 0,
        x.values + offset, columns)
    }
    kernels.bfloat16_matmul(
      scratch.left.elements, scratch.left.depth, count, scratch.left.depth, factorB.elements, rank, 0,
      scratch.hiddenGradient, rank)
    guard let z else { return }
    kernels.bfloat16_gradient(
      scratch.hiddenGradient, count, rank, 0, count, 1, nil, scratch.narrowRows.elements, nil)
    kernels.bfloat16_matmul(
      scratch.narrowRows.elements, scratch.narrowRows.depth, count, scratch.narrowRows.depth, factorA.elements, columns,
      z.adds ? 1 : 0, z.values + offset, columns)
  }

  /// What a block adds to dA and dB.
  private func addFactors(_ block: Range<Int>, _ input: Input, _ scratch: Scratch) {
    let (count, columns) = (block.count, matrix.columns)
    var hidden: UnsafePointer<Float>
    switch input {
    case .floats(let values, let all):
      hidden = all + block.lowerBound * rank
      pack(values + block.lowerBound * columns, count, left: nil, scratch)
    case .codes(let activations):
      let values = scratch.values.elements(of: Float.self)
      kernels.dequantize_rows(
        activations.codes + block.lowerBound * activations.codeStride, activations.codeStride,
        activations.scales + block.lowerBound, count, columns, values)
      pack(values, count, left: scratch.inputRows, scratch)
      guard let transposedA else { preconditionFailure("h was not to be computed") }
      kernels.bfloat16_matmul(
        scratch.inputRows.elements, scratch.inputRows.depth, count, scratch.inputRows.depth, transposedA.elements, rank,
        0, scratch.hidden, rank)
      hidden = UnsafePointer(scratch.hidden)
    }
    add(hidden, count, scratch.right, columns: matrix.rows, to: scratch.sumB, scratch)
    add(scratch.hiddenGradient, count, scratch.input, columns: columns, to: scratch.sumA, scratch)
  }

  private func pack(_ values: UnsafePointer<Float>, _ count: Int, left: BFloat16Operand?, _ scratch: Scratch) {
    Self.ones.withUnsafeBufferPointer { ones in
      kernels.bfloat16_gradient(
        values, count, matrix.columns, 0, count, 1, ones.baseAddress, left?.elements, scratch.input.elements)
    }
  }

  /// sum += valuesᵀ·right.
  private func add(
    _ values: UnsafePointer<Float>, _ count: Int, _ right: BFloat16Operand, columns: Int, to sum: Storage,
    _ scratch: Scratch
  ) {
    let (transposed, narrow) = (scratch.transposed.elements(of: Float.self), scratch.narrowColumns)
    let depth = BFloat16Operand.padded(count)
    kernels.transpose(values, count, rank, transposed, count, 0)
    kernels.bfloat16_gradient(transposed, rank, count, 0, rank, 1, nil, narrow.elements, nil)
    kernels.bfloat16_matmul(
      narrow.elements, depth, rank, depth, right.elements, columns, 1, sum.elements(), columns)
  }

  private func add(_ scratch: Scratch, to a: GradientDestination, _ b: GradientDestination, isFirst: Bool) {
    let sum = scratch.sumA.elements(of: Float.self)
    let adds = (a: a.adds || !isFirst, b: b.adds || !isFirst)
    for index in 0..<rank * matrix.columns { a.values[index] = adds.a ? a.values[index] + sum[index] : sum[index] }
    kernels.transpose(scratch.sumB.elements(), rank, matrix.rows, b.values, rank, adds.b ? 1 : 0)
  }
}

/// What a thread needs for a block of rows, and its sums.
private struct Scratch {
  /// dy·γ with the depth over the outputs, dy with the depth over the rows.
  let left: BFloat16Operand, right: BFloat16Operand
  /// z with the depth over the inputs, and over the rows.
  let inputRows: BFloat16Operand, input: BFloat16Operand
  /// dh; hᵀ, then dhᵀ.
  let narrowRows: BFloat16Operand, narrowColumns: BFloat16Operand
  let transposed: Storage
  /// float32 [block, inputs]
  let values: Storage
  private let hiddenRows: Storage, hiddenGradientRows: Storage
  /// dA [rank, inputs], and dBᵀ [rank, outputs].
  let sumA: Storage, sumB: Storage

  init(_ matrix: TernaryMatrix, rank: Int, blockRows: Int) {
    left = BFloat16Operand(extent: blockRows, depth: matrix.rows)
    right = BFloat16Operand(extent: matrix.rows, depth: blockRows)
    inputRows = BFloat16Operand(extent: blockRows, depth: matrix.columns)
    input = BFloat16Operand(extent: matrix.columns, depth: blockRows)
    narrowRows = BFloat16Operand(extent: blockRows, depth: rank)
    narrowColumns = BFloat16Operand(extent: rank, depth: blockRows)
    transposed = Storage(byteCount: rank * blockRows * 4)
    values = Storage(byteCount: blockRows * matrix.columns * 4)
    hiddenRows = Storage(byteCount: rank * blockRows * 4)
    hiddenGradientRows = Storage(byteCount: rank * blockRows * 4)
    sumA = Self.zeros(rank * matrix.columns)
    sumB = Self.zeros(rank * matrix.rows)
  }

  /// float32 [block, rank]
  var hidden: UnsafeMutablePointer<Float> { hiddenRows.elements() }
  /// float32 [block, rank]
  var hiddenGradient: UnsafeMutablePointer<Float> { hiddenGradientRows.elements() }

  private static func zeros(_ count: Int) -> Storage {
    let storage = Storage(byteCount: count * 4)
    storage.elements(of: Float.self).update(repeating: 0, count: count)
    return storage
  }
}

extension BFloat16Operand {
  /// values / divisor as a right operand, the depth running over the rows.
  fileprivate convenience init(
    right values: UnsafePointer<Float>, rows: Int, columns: Int, divisor: Float, _ kernels: bitnet_kernels
  ) {
    self.init(extent: columns, depth: rows)
    let divisors = [Float](repeating: divisor, count: rows)
    kernels.bfloat16_gradient(values, rows, columns, 0, rows, 1, divisors, nil, elements)
  }
}
