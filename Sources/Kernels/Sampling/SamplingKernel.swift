import CKernels

/// What is computed of every logit when a token is drawn; the same bits on every instruction set.
package enum SamplingKernel {
  /// Weights that share a sum.
  package static let blockSize = Int(BITNET_WEIGHT_BLOCK)

  /// The largest logit; nil where one is NaN or +∞, −∞ where there is none.
  package static func largest(_ logits: UnsafeBufferPointer<Float>) -> Float? {
    guard let address = logits.baseAddress else { return -.infinity }
    let largest = KernelTable.current.largest_logit(address, logits.count)
    return largest.isNaN ? nil : largest
  }
}

/// weight = exp((logit − maximum) / temperature), at most 1, and 0 below `least`.
package struct SamplingWeight {
  private let maximum, inverseTemperature, least: Double

  /// - Parameters:
  ///   - maximum: finite, and no logit is larger.
  ///   - temperature: above 0.
  package init(maximum: Double, temperature: Double, least: Double) {
    require(maximum.isFinite && temperature > 0, "weights at temperature \(temperature) below \(maximum)")
    self.maximum = maximum
    self.least = least
    // The lowest temperatures keep any two logits that differ apart as it is.
    inverseTemperature = min(1 / temperature, 1e300)
  }

  /// - Parameter blockSums: gets the sums of the weights of every ``SamplingKernel/blockSize`` tokens.
  package func write(_ logits: UnsafeBufferPointer<Float>, to weights: inout [Double], blockSums: inout [Double]) {
    let blocks = (logits.count + SamplingKernel.blockSize - 1) / SamplingKernel.blockSize
    require(
      weights.count == logits.count && blockSums.count == blocks,
      "\(weights.count) weights and \(blockSums.count) sums for \(logits.count) logits")
    guard let address = logits.baseAddress else { return }
    KernelTable.current.sampling_weights(
      address, logits.count, maximum, inverseTemperature, least, &weights, &blockSums)
  }

  package func callAsFunction(_ logit: Double) -> Double {
    KernelTable.current.sampling_weight_of(logit, maximum, inverseTemperature, least)
  }
}
