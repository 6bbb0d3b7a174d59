import CKernels

/// What is computed of every logit when a token is drawn; the same bits on every instruction set.
package enum SamplingKernel {
  /// Logits that share a maximum, and weights that share a sum.
  package static let blockSize = Int(BITNET_LOGIT_BLOCK)

  package static func blockCount(_ logits: Int) -> Int { (logits + blockSize - 1) / blockSize }

  /// Writes the largest logit of each block, [blockCount].
  /// - Returns: whether none is NaN or +∞.
  package static func findLargest(_ logits: UnsafeBufferPointer<Float>, blockMaxima: inout [Float]) -> Bool {
    require(
      blockMaxima.count == blockCount(logits.count), "\(blockMaxima.count) maxima of blocks of \(logits.count) logits")
    guard let address = logits.baseAddress else { return true }
    return KernelTable.current.largest_logits(address, logits.count, &blockMaxima) != 0
  }

  /// The places of the weights from `least` to below `limit`, in order.
  /// - Parameter places: at least as many as weights.
  /// - Returns: how many were written.
  package static func find(_ weights: [Double], from least: Double, below limit: Double, places: inout [Int32]) -> Int {
    require(places.count >= weights.count, "room for \(places.count) places of \(weights.count) weights")
    return KernelTable.current.weights_between(weights, weights.count, least, limit, &places)
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

  /// - Parameter blockSums: gets the sums of the weights of every block.
  package func write(_ logits: UnsafeBufferPointer<Float>, to weights: inout [Double], blockSums: inout [Double]) {
    require(
      weights.count == logits.count && blockSums.count == SamplingKernel.blockCount(logits.count),
      "\(weights.count) weights and \(blockSums.count) sums for \(logits.count) logits")
    guard let address = logits.baseAddress else { return }
    KernelTable.current.sampling_weights(
      address, logits.count, maximum, inverseTemperature, least, &weights, &blockSums)
  }

  /// Turns logits into their weights.
  package func apply(to logits: inout [Double]) {
    logits.withUnsafeMutableBufferPointer { logits in
      guard let address = logits.baseAddress else { return }
      KernelTable.current.weights_of_numbers(address, logits.count, maximum, inverseTemperature, least, address)
    }
  }
}
