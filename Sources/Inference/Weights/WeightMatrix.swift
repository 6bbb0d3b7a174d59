import Kernels

/// A weight matrix in any storage that can multiply rows of activations: quantised from masters, full precision, or
/// packed in a file.
protocol WeightMatrix: Sendable {
  /// Output features.
  var rows: Int { get }
  /// Input features.
  var columns: Int { get }

  /// Bytes of the weights, all of which a product reads.
  var byteCount: Int { get }

  /// Whether 8-bit activations are all that it multiplies.
  var takesQuantizedAlone: Bool { get }

  /// y = x·Wᵀ.
  /// - Parameter output: float32 [input.rows, rows].
  func multiply(_ input: ActivationRows, into output: UnsafeMutablePointer<Float>)

  /// y += x·Wᵀ.
  /// - Parameters:
  ///   - sums: y, float32 [input.rows, rows].
  ///   - scratch: room for as many numbers.
  func multiply(
    _ input: ActivationRows, addingTo sums: UnsafeMutablePointer<Float>, scratch: UnsafeMutablePointer<Float>)
}

/// Rows that several matrices multiply: in 8 bits, or as float32 numbers that are quantised when the first one asks.
final class ActivationRows {
  let rows: Int
  private let columns: Int
  private let floats: UnsafePointer<Float>?
  private var codes: QuantizedRows?

  init(_ codes: QuantizedRows) {
    (rows, columns, floats) = (codes.rows, codes.columns, nil)
    self.codes = codes
  }

  /// - Parameter values: float32 [rows, columns]; unchanged while this object is in use.
  init(_ values: UnsafePointer<Float>, rows: Int, columns: Int) {
    (self.rows, self.columns, floats) = (rows, columns, values)
  }

  /// float32 [rows, columns]
  var values: UnsafePointer<Float> {
    guard let floats else { preconditionFailure("activations in 8 bits for a matrix that wants float32") }
    return floats
  }

  var quantized: QuantizedRows {
    if let codes { return codes }
    let made = QuantizedRows(values, rows: rows, columns: columns)
    codes = made
    return made
  }

  /// Products with several matrices; packed ones with few rows share a parallel loop.
  func multiply(_ products: [(matrix: any WeightMatrix, output: UnsafeMutablePointer<Float>)]) {
    let packed = products.compactMap { product in (product.matrix as? PackedMatrix).map { ($0, product.output) } }
    if packed.count == products.count, packed.allSatisfy({ $0.0.multipliesPacked(rows: rows) }) {
      return PackedMatrix.multiply(quantized, with: packed)
    }
    for (matrix, output) in products { matrix.multiply(self, into: output) }
  }
}

// MARK: - Ternary

extension TernaryMatrix: WeightMatrix {
  var takesQuantizedAlone: Bool { true }

  func multiply(_ input: ActivationRows, into output: UnsafeMutablePointer<Float>) {
    multiply(input.quantized, into: output)
  }

  func multiply(
    _ input: ActivationRows, addingTo sums: UnsafeMutablePointer<Float>, scratch: UnsafeMutablePointer<Float>
  ) {
    multiply(input.quantized, adding: sums, into: sums)
  }
}

extension PackedMatrix: WeightMatrix {
  var takesQuantizedAlone: Bool { true }

  func multiply(_ input: ActivationRows, into output: UnsafeMutablePointer<Float>) {
    multiply(input.quantized, into: output)
  }

  func multiply(
    _ input: ActivationRows, addingTo sums: UnsafeMutablePointer<Float>, scratch: UnsafeMutablePointer<Float>
  ) {
    multiply(input.quantized, adding: sums, into: sums)
  }
}

// MARK: - Real numbers

extension WeightMatrix {
  var takesQuantizedAlone: Bool { false }

  func multiply(
    _ input: ActivationRows, addingTo sums: UnsafeMutablePointer<Float>, scratch: UnsafeMutablePointer<Float>
  ) {
    multiply(input, into: scratch)
    VectorSum.add(scratch, to: sums, count: input.rows * rows)
  }
}

enum VectorSum {
  /// sums += values, float32 [count].
  static func add(_ values: UnsafePointer<Float>, to sums: UnsafeMutablePointer<Float>, count: Int) {
    nonisolated(unsafe) let (values, sums) = (values, sums)
    ThreadPool.current.forEachRange(of: count, multipleOf: 16, minimumPerThread: 16_384) { range in
      for index in range { sums[index] += values[index] }
    }
  }
}

extension StoredMatrix: WeightMatrix {
  func multiply(_ input: ActivationRows, into output: UnsafeMutablePointer<Float>) {
    multiply(input.values, inputRows: input.rows, into: output)
  }
}

extension PanelMatrix: WeightMatrix {
  func multiply(_ input: ActivationRows, into output: UnsafeMutablePointer<Float>) {
    multiply(input.values, inputRows: input.rows, into: output)
  }
}
