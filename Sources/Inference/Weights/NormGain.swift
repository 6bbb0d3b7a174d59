import Kernels

/// The gain of one RMSNorm.
package struct NormGain: Sendable {
  private let values: [Float]
  private let epsilon: Float

  package init(_ values: [Float], epsilon: Float) {
    self.values = values
    self.epsilon = epsilon
  }

  package var width: Int { values.count }

  /// - Parameters:
  ///   - input, output: float32 [rows, width].
  ///   - reciprocals: scratch, [rows].
  package func normalize(
    _ input: UnsafePointer<Float>, rows: Int, into output: UnsafeMutablePointer<Float>,
    reciprocals: UnsafeMutablePointer<Float>
  ) {
    values.withUnsafeBufferPointer { gain in
      guard let gain = gain.baseAddress else { return }
      RMSNormKernel.forward(
        input, gain: gain, epsilon: epsilon, rows: rows, columns: width, output: output, reciprocals: reciprocals)
    }
  }
}
