/// What this machine's matrix kernels reach on large, cached operands, with the current threads and kernel path.
package struct MachineRates: Sendable {
  /// Multiply-adds per second of 8-bit activations times ternary codes.
  package let ternary: Double
  /// Multiply-adds per second of float32 products (OpenBLAS).
  package let float32: Double
  /// Multiply-adds per second of bfloat16 products; nil where the kernel path has none.
  package let bfloat16: Double?

  /// Takes about half a second.
  package static func measured() -> MachineRates {
    let operands = MatmulOperands(MatmulShape(rows: 768, inputs: 768, outputs: 768))
    func rate(_ product: () -> Void) -> Double {
      operands.shape.multiplyAdds / BestTime.seconds(runs: 8, lasting: 0.1, product)
    }
    let (ternary, float32) = (rate(operands.multiplyTernary), rate(operands.multiplyFloat))
    guard BFloat16Product.isAvailable else { return MachineRates(ternary: ternary, float32: float32, bfloat16: nil) }
    let product = operands.bfloat16Product()
    let bfloat16 = rate { product.multiply(into: (operands.inputs.elements(), false), and: nil) }
    return MachineRates(ternary: ternary, float32: float32, bfloat16: bfloat16)
  }
}
