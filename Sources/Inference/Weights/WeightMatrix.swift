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

  /// y = x·Wᵀ.
  /// - Parameter output: float32 [input.rows, rows].
  func multiply(_ input: ActivationRows, into output: UnsafeMutablePointer<Float>)
}

extension TernaryMatrix: WeightMatrix {
  func multiply(_ input: ActivationRows, into output: UnsafeMutablePointer<Float>) {
    multiply(input.quantized, into: output)
  }
}

extension PackedMatrix: WeightMatrix {
  func multiply(_ input: ActivationRows, into output: UnsafeMutablePointer<Float>) {
    multiply(input.quantized, into: output)
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

/// Rows that several matrices multiply; quantised once, when the first ternary one asks.
final class ActivationRows {
  /// float32 [rows, columns]; unchanged while this object is in use.
  let values: UnsafePointer<Float>
  let rows: Int
  let columns: Int
  private(set) lazy var quantized = QuantizedRows(values, rows: rows, columns: columns)

  init(_ values: UnsafePointer<Float>, rows: Int, columns: Int) {
    self.values = values
    self.rows = rows
    self.columns = columns
  }
}
