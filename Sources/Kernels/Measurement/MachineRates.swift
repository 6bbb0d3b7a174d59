/// What this machine's matrix kernels reach on large, cached operands, with the current threads and kernel path.
package struct MachineRates: Sendable {
  /// Multiply-adds per second of 8-bit activations times ternary codes.
  package let ternary: Double
  /// Multiply-adds per second of float32 products (OpenBLAS).
  package let float32: Double
  /// Multiply-adds per second of bfloat16 products; nil where the kernel path has none.
  package let bfloat16: Double?

  /// Takes about a fifth of a second.
  package static func measured() -> MachineRates {
    MachineRates(
      ternary: ternaryRate(), float32: floatRate(), bfloat16: BFloat16Product.isAvailable ? bfloat16Rate() : nil)
  }

  private static let side = 768

  private static func ternaryRate() -> Double {
    let values = Storage(byteCount: side * side * 4)
    fill(values)
    let activations = QuantizedRows(values.elements(), rows: side, columns: side)
    let matrix = TernaryMatrix(
      quantizing: values.elements(), rows: side, columns: side, configuration: BitLinearConfiguration())
    let output = Storage(byteCount: side * side * 4)
    return bestRate { matrix.multiply(activations, into: output.elements()) }
  }

  private static func floatRate() -> Double {
    let (left, right) = (Storage(byteCount: side * side * 4), Storage(byteCount: side * side * 4))
    fill(left)
    fill(right)
    let output = Storage(byteCount: side * side * 4)
    return bestRate {
      FloatMatmul.multiply(
        m: side, n: side, k: side, a: left.elements(), lda: side, b: right.elements(), ldb: side,
        c: output.elements(), ldc: side)
    }
  }

  private static func bfloat16Rate() -> Double {
    let values = Storage(byteCount: side * side * 4)
    fill(values)
    let matrix = TernaryMatrix(
      quantizing: values.elements(), rows: side, columns: side, configuration: BitLinearConfiguration())
    let activations = QuantizedRows(values.elements(), rows: side, columns: side)
    let product = BFloat16Product(
      outputGradient: values.elements(), activations: activations, matrix: matrix, wantsInput: true, wantsWeight: false)
    let output = Storage(byteCount: side * side * 4)
    return bestRate { product.inputGradient(into: output.elements(), adds: false) }
  }

  private static func fill(_ storage: Storage) {
    let values = storage.elements(of: Float.self)
    for index in 0..<side * side { values[index] = Float(index % 17) - 8 }
  }

  /// The best of several runs: other programs can only make one slower.
  private static func bestRate(_ product: () -> Void) -> Double {
    let clock = ContinuousClock()
    product()
    let best = (0..<8).map { _ in clock.measure(product) }.min() ?? .zero
    return Double(side * side * side) / (Double(best.components.attoseconds) * 1e-18)
  }
}
