import CKernels

/// The rates of the matrix kernels of training at the shapes of real models, beside what their instructions reach on
/// registers alone.
package struct KernelBenchmark: Sendable {
  /// y [rows, outputs] = x [rows, inputs] · Wᵀ, and its two gradients.
  package struct Shape: Sendable {
    package let rows: Int
    package let inputs: Int
    package let outputs: Int

    package init(rows: Int, inputs: Int, outputs: Int) {
      (self.rows, self.inputs, self.outputs) = (rows, inputs, outputs)
    }
  }

  package struct Result: Encodable, Sendable {
    package let kernel: String
    /// rows × outputs × inputs
    package let shape: [Int]
    /// Billions of operations per second; a multiply-add is two.
    package let rate: Double
    package let peak: Double?
    /// rate / peak
    package let share: Double?
  }

  private let float32Peak: Double
  private let ternaryPeak: Double?
  private let bfloat16Peak: Double?

  /// Measures the peaks, with the current threads and kernel path.
  package init() {
    let kernels = KernelTable.current
    float32Peak = Self.peak(kernels.float_peak)
    ternaryPeak = kernels.ternary_peak.map(Self.peak)
    bfloat16Peak = kernels.bfloat16_peak.map(Self.peak)
  }

  /// The shapes of the projections in `enwik8-small`, `enwik8-base` and a 2-billion-parameter model.
  package static let shapes = [
    Shape(rows: 4096, inputs: 256, outputs: 256), Shape(rows: 4096, inputs: 256, outputs: 768),
    Shape(rows: 4096, inputs: 768, outputs: 256), Shape(rows: 4096, inputs: 512, outputs: 512),
    Shape(rows: 4096, inputs: 512, outputs: 1536), Shape(rows: 4096, inputs: 1536, outputs: 512),
    Shape(rows: 1024, inputs: 1536, outputs: 512), Shape(rows: 1024, inputs: 2560, outputs: 6912),
  ]

  package func run(_ shape: Shape) -> [Result] {
    let operands = Operands(shape)
    let multiplyAdds = Double(shape.rows * shape.inputs * shape.outputs)
    func result(_ kernel: String, peak: Double?, _ body: () -> Void) -> Result {
      let rate = 2e-9 * multiplyAdds / Self.bestSeconds(body)
      return Result(
        kernel: kernel, shape: [shape.rows, shape.outputs, shape.inputs], rate: rate, peak: peak,
        share: peak.map { rate / $0 })
    }
    var results = [
      result("ternary matmul", peak: ternaryPeak) {
        operands.matrix.multiply(operands.activations, into: operands.outputs.elements())
      }
    ]
    guard BFloat16Product.isAvailable else { return results }
    let product = operands.product()
    results.append(
      result("bfloat16 dX", peak: bfloat16Peak) {
        product.inputGradient(into: operands.inputs.elements(), adds: false)
      })
    results.append(
      result("bfloat16 dW", peak: bfloat16Peak) {
        product.weightGradient(into: operands.weights.elements(), adds: false)
      })
    return results
  }

  private static func peak(_ loop: (Int) -> Int) -> Double {
    let iterations = 200_000
    let pool = ThreadPool.current
    var done = [Int](repeating: 0, count: pool.threadCount)
    let seconds = done.withUnsafeMutableBufferPointer { done in
      let base = SendableCounts(base: done.baseAddress!)
      return bestSeconds {
        pool.forEachPart(of: pool.threadCount) { part, _ in base.base[part] = loop(iterations) }
      }
    }
    return 2e-9 * Double(done.reduce(0, +)) / seconds
  }

  private struct SendableCounts: @unchecked Sendable {
    let base: UnsafeMutablePointer<Int>
  }

  /// The best of several runs: other programs can only make one slower.
  private static func bestSeconds(_ body: () -> Void) -> Double {
    let clock = ContinuousClock()
    body()
    let best = (0..<10).map { _ in clock.measure(body) }.min() ?? .zero
    return Double(best.components.seconds) + Double(best.components.attoseconds) * 1e-18
  }
}

/// Memory for the products of one shape.
private final class Operands {
  let shape: KernelBenchmark.Shape
  let inputs: Storage
  let outputs: Storage
  let weights: Storage
  let activations: QuantizedRows
  let matrix: TernaryMatrix

  init(_ shape: KernelBenchmark.Shape) {
    self.shape = shape
    inputs = Self.filled(shape.rows * shape.inputs)
    outputs = Self.filled(shape.rows * shape.outputs)
    weights = Self.filled(shape.outputs * shape.inputs)
    activations = QuantizedRows(inputs.elements(), rows: shape.rows, columns: shape.inputs)
    matrix = TernaryMatrix(
      quantizing: weights.elements(), rows: shape.outputs, columns: shape.inputs,
      configuration: BitLinearConfiguration())
  }

  func product() -> BFloat16Product {
    BFloat16Product(
      outputGradient: outputs.elements(), activations: activations, matrix: matrix, wantsInput: true,
      wantsWeight: true)
  }

  private static func filled(_ count: Int) -> Storage {
    let storage = Storage(byteCount: count * 4)
    let values = storage.elements(of: Float.self)
    for index in 0..<count { values[index] = Float(index % 17) - 8 }
    return storage
  }
}
