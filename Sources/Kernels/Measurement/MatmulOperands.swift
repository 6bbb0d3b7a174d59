/// Memory for the matrix products of one shape, filled with numbers that mean nothing.
final class MatmulOperands {
  let shape: MatmulShape
  let inputs: Storage
  let outputs: Storage
  let weights: Storage
  let activations: QuantizedRows
  let matrix: TernaryMatrix

  init(_ shape: MatmulShape) {
    self.shape = shape
    inputs = Self.filled(shape.rows * shape.inputs)
    outputs = Self.filled(shape.rows * shape.outputs)
    weights = Self.filled(shape.outputs * shape.inputs)
    activations = QuantizedRows(inputs.elements(), rows: shape.rows, columns: shape.inputs)
    matrix = TernaryMatrix(
      quantizing: weights.elements(), rows: shape.outputs, columns: shape.inputs,
      configuration: BitLinearConfiguration())
  }

  /// outputs = quantised inputs · codesᵀ.
  func multiplyTernary() { matrix.multiply(activations, into: outputs.elements()) }

  /// outputs = inputs · weightsᵀ, by OpenBLAS.
  func multiplyFloat() {
    FloatMatmul.multiply(
      m: shape.rows, n: shape.outputs, k: shape.inputs, a: inputs.elements(), lda: shape.inputs, b: weights.elements(),
      ldb: shape.inputs, transposeB: true, c: outputs.elements(), ldc: shape.outputs)
  }

  func bfloat16Product() -> BFloat16Product {
    BFloat16Product(outputGradient: outputs.elements(), activations: activations, matrix: matrix)
  }

  private static func filled(_ count: Int) -> Storage {
    let storage = Storage(byteCount: count * 4)
    let values = storage.elements(of: Float.self)
    for index in 0..<count { values[index] = Float(index % 17) - 8 }
    return storage
  }
}

/// y [rows, outputs] = x [rows, inputs] · Wᵀ, and its two gradients.
package struct MatmulShape: Sendable {
  package let rows: Int
  package let inputs: Int
  package let outputs: Int

  package init(rows: Int, inputs: Int, outputs: Int) {
    (self.rows, self.inputs, self.outputs) = (rows, inputs, outputs)
  }

  var multiplyAdds: Double { Double(rows * inputs * outputs) }
}
