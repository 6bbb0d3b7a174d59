/// Packed matrices of one shape, together far larger than the caches, and a row of activations for them.
final class PackedOperands {
  /// Of the codes of all matrices.
  let byteCount: Int
  private let matrices: [PackedMatrix]
  private let activations: QuantizedRows
  private let output: Storage

  init(_ shape: MatmulShape, byteCount total: Int) {
    let each = PackedTernaryFormat.i2_s.byteCount(codes: shape.outputs * shape.inputs)
    let count = max(1, total / each)
    let packed = Storage(byteCount: each)
    // Codes −1, 0, +1 and 0 in every byte.
    packed.pointer.initializeMemory(as: UInt8.self, repeating: 0b00_01_10_01, count: each)
    packed.pointer.storeBytes(
      of: Float(1).bitPattern.littleEndian, toByteOffset: shape.outputs * shape.inputs / 4, as: UInt32.self)
    matrices = (0..<count).map { _ in
      do {
        return try PackedMatrix(
          UnsafeRawBufferPointer(start: packed.pointer, count: each), rows: shape.outputs, columns: shape.inputs)
      } catch {
        fatalError("codes of a benchmark: \(error)")
      }
    }
    byteCount = matrices.reduce(0) { $0 + $1.byteCount }
    let input = Storage(byteCount: shape.rows * shape.inputs * 4)
    for index in 0..<shape.rows * shape.inputs { input.elements(of: Float.self)[index] = Float(index % 17) - 8 }
    activations = QuantizedRows(input.elements(), rows: shape.rows, columns: shape.inputs)
    output = Storage(byteCount: shape.rows * shape.outputs * 4)
  }

  func multiplyAll() {
    for matrix in matrices { matrix.multiply(activations, into: output.elements()) }
  }
}
