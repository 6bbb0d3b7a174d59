import CKernels

/// The rates of the matrix kernels at the shapes of real models: in training beside what their instructions reach on
/// registers alone, in decoding beside what memory delivers.
package struct KernelBenchmark: Sendable {
  package struct Result: Encodable, Sendable {
    package let kernel: String
    /// rows × outputs × inputs
    package let shape: [Int]
    package let unit: Unit
    package let rate: Double
    package let peak: Double?
    /// rate / peak
    package let share: Double?
  }

  package enum Unit: String, Encodable, Sendable {
    /// Billions of operations; a multiply-add is two.
    case operations = "Gop/s"
    /// Billions of bytes of weights read.
    case bytes = "GB/s"
  }

  private let float32Peak: Double
  private let ternaryPeak: Double?
  private let bfloat16Peak: Double?

  /// Measures the peaks, with the current threads and kernel path.
  package init() {
    float32Peak = InstructionPeak.float32()
    ternaryPeak = InstructionPeak.ternary()
    bfloat16Peak = InstructionPeak.bfloat16()
  }

  /// The shapes of the projections in `enwik8-small`, `enwik8-base` and a 2-billion-parameter model.
  package static let projections = [
    MatmulShape(rows: 4096, inputs: 256, outputs: 256), MatmulShape(rows: 4096, inputs: 256, outputs: 768),
    MatmulShape(rows: 4096, inputs: 768, outputs: 256), MatmulShape(rows: 4096, inputs: 512, outputs: 512),
    MatmulShape(rows: 4096, inputs: 512, outputs: 1536), MatmulShape(rows: 4096, inputs: 1536, outputs: 512),
    MatmulShape(rows: 1024, inputs: 1536, outputs: 512), MatmulShape(rows: 1024, inputs: 2560, outputs: 6912),
  ]
  /// The head of `enwik8-base`.
  package static let head = MatmulShape(rows: 4096, inputs: 512, outputs: 256)

  /// A projection of a 2-billion-parameter model, for one token.
  package static let decoding = MatmulShape(rows: 1, inputs: 2560, outputs: 6912)

  /// The products of a ternary projection.
  package func projection(_ shape: MatmulShape) -> [Result] {
    let operands = MatmulOperands(shape)
    var results = [result("ternary matmul", shape, peak: ternaryPeak, operands.multiplyTernary)]
    guard BFloat16Product.isAvailable else { return results }
    let product = operands.bfloat16Product()
    results.append(
      result("bfloat16 dX", shape, peak: bfloat16Peak) {
        product.multiply(into: (operands.inputs.elements(), false), and: nil)
      })
    results.append(
      result("bfloat16 dW", shape, peak: bfloat16Peak) {
        product.multiply(into: nil, and: (operands.weights.elements(), false))
      })
    return results
  }

  /// The float32 product of the head, and of layers in full precision.
  package func head(_ shape: MatmulShape) -> Result {
    let operands = MatmulOperands(shape)
    let matrix = PanelMatrix(operands.weights.elements(), rows: shape.outputs, columns: shape.inputs)
    return result("float32 matmul", shape, peak: float32Peak) {
      matrix.multiply(operands.inputs.elements(), inputRows: shape.rows, into: operands.outputs.elements())
    }
  }

  /// One row of activations times packed codes that come from memory: as many matrices as fill `byteCount`, in turn.
  package func packedRow(_ shape: MatmulShape, byteCount: Int = 512 << 20) -> Result {
    let operands = PackedOperands(shape, byteCount: byteCount)
    let peak = MemoryRate.best(byteCount: byteCount)
    let rate = Double(operands.byteCount) / BestTime.seconds(runs: 10, operands.multiplyAll)
    return Result(
      kernel: "packed matmul", shape: [shape.rows, shape.outputs, shape.inputs], unit: .bytes, rate: 1e-9 * rate,
      peak: 1e-9 * peak, share: rate / peak)
  }

  /// - Parameter peak: multiply-adds per second.
  private func result(_ kernel: String, _ shape: MatmulShape, peak: Double?, _ body: () -> Void) -> Result {
    let rate = shape.multiplyAdds / BestTime.seconds(runs: 10, body)
    return Result(
      kernel: kernel, shape: [shape.rows, shape.outputs, shape.inputs], unit: .operations, rate: 2e-9 * rate,
      peak: peak.map { 2e-9 * $0 }, share: peak.map { rate / $0 })
  }
}
