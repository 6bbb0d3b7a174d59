import Kernels

/// The order in which examples are drawn: a new permutation in every epoch.
///
/// Sample `n` is a pure function of seed and `n`, without any state: a Feistel network permutes a power of four that is
/// large enough, and numbers that are too large go through it again.
public struct SampleOrder: Equatable, Sendable {
  public let count: Int
  public let seed: UInt64

  private static let rounds: UInt64 = 8
  /// No run has so many epochs; used to divide rows instead of ordering them.
  static let holdOutEpoch: UInt64 = (1 << 48) - 1
  /// Used to choose rows that are learnt once more.
  static let repetitionEpoch = holdOutEpoch - 1

  public init(count: Int, seed: UInt64) {
    require(count > 0 && count <= 1 << 60, "an order of \(count) examples")
    self.count = count
    self.seed = seed
  }

  /// The example that is sample `number` of the run; every `count` samples it has seen all of them.
  public func example(ofSample number: Int) -> Int {
    permuted(number % count, epoch: UInt64(number / count))
  }

  /// Where `index` goes in the permutation of an epoch.
  func permuted(_ index: Int, epoch: UInt64) -> Int {
    require(index >= 0 && index < count, "sample \(index) of \(count)")
    guard count > 1 else { return 0 }
    // Very narrow networks reach few permutations.
    let halfWidth = max(3, (UInt64.bitWidth - UInt64(count - 1).leadingZeroBitCount + 1) / 2)
    let mask = UInt64(1) << halfWidth - 1
    var value = UInt64(index)
    repeat {
      var (left, right) = (value >> halfWidth, value & mask)
      for round in 0..<Self.rounds {
        (left, right) = (right, left ^ (word(right, round: round, epoch: epoch) & mask))
      }
      value = left << halfWidth | right
    } while value >= UInt64(count)
    return Int(value)
  }

  private func word(_ input: UInt64, round: UInt64, epoch: UInt64) -> UInt64 {
    let block = Philox.block(
      seed: seed, stream: RandomPurpose.shuffle.rawValue << 56 | epoch << 8 | round, index: input)
    return UInt64(block.y) << 32 | UInt64(block.x)
  }
}
