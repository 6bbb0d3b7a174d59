import Kernels

/// The gain of one RMSNorm.
struct NormGain: Sendable {
  private let values: [Float]
  private let epsilon: Float

  init(_ values: [Float], epsilon: Float) {
    self.values = values
    self.epsilon = epsilon
  }

  var width: Int { values.count }

  /// - Parameters:
  ///   - input, output: float32 [rows, width].
  ///   - reciprocals: scratch, [rows].
  func normalize(
    _ input: UnsafePointer<Float>, rows: Int, into output: UnsafeMutablePointer<Float>,
    reciprocals: UnsafeMutablePointer<Float>
  ) {
    values.withUnsafeBufferPointer { gain in
      guard let gain = gain.baseAddress else { return }
      RMSNormKernel.forward(
        input, gain: gain, epsilon: epsilon, rows: rows, columns: width, output: output, reciprocals: reciprocals)
    }
  }

  /// The normalised rows in 8 bits.
  func quantize(
    _ input: UnsafePointer<Float>, rows: Int, reciprocals: UnsafeMutablePointer<Float>
  ) -> QuantizedRows {
    values.withUnsafeBufferPointer { gain in
      guard let gain = gain.baseAddress else { preconditionFailure("a norm of no width") }
      return QuantizedRows(
        normalizing: input, gain: gain, epsilon: epsilon, rows: rows, columns: width, reciprocals: reciprocals)
    }
  }

  /// The normalised rows of activation(gate)·up in 8 bits.
  func quantize(
    gate: UnsafePointer<Float>, up: UnsafePointer<Float>, activation: Activation, rows: Int,
    reciprocals: UnsafeMutablePointer<Float>
  ) -> QuantizedRows {
    values.withUnsafeBufferPointer { gain in
      guard let gain = gain.baseAddress else { preconditionFailure("a norm of no width") }
      return QuantizedRows(
        normalizingGated: gate, up: up, activation: activation, gain: gain, epsilon: epsilon, rows: rows,
        columns: width, reciprocals: reciprocals)
    }
  }
}
