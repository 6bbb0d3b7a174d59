import Kernels

/// The micro-batch that is being trained on, from its forward to the end of its backward pass.
public struct TrainingPass: Sendable {
  /// nil outside of training: nothing is random then.
  @TaskLocal public static var current: TrainingPass?

  public let seed: UInt64
  /// Counts the micro-batches of a run.
  public let microBatch: Int

  public init(seed: UInt64, microBatch: Int) {
    self.seed = seed
    self.microBatch = microBatch
  }

  /// A random stream of this micro-batch, the same each time it is asked for: a block that is computed again in the
  /// backward pass drops the same elements.
  /// - Parameter layer: which of the model's layers with dropout, below 2²⁰.
  public func dropoutStream(layer: Int) -> RandomStream {
    require(layer < 1 << 20, "layer \(layer) of at most \(1 << 20) with dropout")
    return RandomStream(
      seed: seed, purpose: .dropout, substream: UInt64(layer) << 36 | UInt64(microBatch) & ((1 << 36) - 1))
  }
}
