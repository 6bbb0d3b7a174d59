import Kernels

/// Token rows for one forward pass, on the host, row-major `[batchSize, sequenceLength]`.
public struct TrainingBatch: Equatable, Sendable {
  /// The target of a position that takes no part in the loss.
  public static let ignoredTarget: Int32 = -100

  public private(set) var batchSize: Int
  public private(set) var sequenceLength: Int
  /// Token ids, `batchSize × sequenceLength`.
  public var inputs: [Int32]
  /// The token that follows each input, or ``ignoredTarget``; `batchSize × sequenceLength`.
  public var targets: [Int32]
  /// For packed rows: per position, the index within its row at which its document starts,
  /// `batchSize × sequenceLength`. nil: each row is one document.
  public var documentStarts: [Int32]?
  /// Where rows are examples: per row, which example of its dataset it is. Else empty.
  public var exampleNumbers: [Int] = []
  /// The bytes that the tokens stand for; set by who fills the batch.
  public var tokenByteCounts = TokenByteCounts.none

  /// A batch of zeros in which nothing is predicted, to be filled.
  public init(batchSize: Int, sequenceLength: Int) {
    require(
      batchSize > 0 && sequenceLength > 0, "a batch of \(batchSize) × \(sequenceLength) tokens has no token")
    self.batchSize = batchSize
    self.sequenceLength = sequenceLength
    self.inputs = Array(repeating: 0, count: batchSize * sequenceLength)
    self.targets = Array(repeating: Self.ignoredTarget, count: batchSize * sequenceLength)
  }

  /// Number of positions with a target.
  public var predictedTokenCount: Int {
    targets.reduce(into: 0) { count, target in
      if target != Self.ignoredTarget { count += 1 }
    }
  }

  /// Bytes of text that the targets stand for.
  public var predictedByteCount: Int { tokenByteCounts.sum(targets) }

  /// Gives the batch another shape; keeps its memory where that suffices. The tokens are unspecified afterwards.
  package mutating func reshape(batchSize: Int, sequenceLength: Int) {
    documentStarts = nil
    exampleNumbers.removeAll(keepingCapacity: true)
    guard batchSize != self.batchSize || sequenceLength != self.sequenceLength else { return }
    require(
      batchSize > 0 && sequenceLength > 0, "a batch of \(batchSize) × \(sequenceLength) tokens has no token")
    let count = batchSize * sequenceLength
    if count < inputs.count {
      inputs.removeLast(inputs.count - count)
      targets.removeLast(targets.count - count)
    } else {
      inputs.append(contentsOf: repeatElement(0, count: count - inputs.count))
      targets.append(contentsOf: repeatElement(Self.ignoredTarget, count: count - targets.count))
    }
    self.batchSize = batchSize
    self.sequenceLength = sequenceLength
  }

  /// Some of the rows, as a batch of their own.
  package func rows(_ range: Range<Int>) -> TrainingBatch {
    require(range.lowerBound >= 0 && range.upperBound <= batchSize, "rows \(range) of \(batchSize)")
    let positions = range.lowerBound * sequenceLength..<range.upperBound * sequenceLength
    var result = TrainingBatch(batchSize: range.count, sequenceLength: sequenceLength)
    result.inputs = Array(inputs[positions])
    result.targets = Array(targets[positions])
    result.documentStarts = documentStarts.map { Array($0[positions]) }
    if !exampleNumbers.isEmpty { result.exampleNumbers = Array(exampleNumbers[range]) }
    result.tokenByteCounts = tokenByteCounts
    return result
  }

  /// Sets one row to `tokens` without the last as inputs and `tokens` without the first as targets.
  /// - Parameter tokens: `sequenceLength + 1` ids.
  package mutating func setRow<Identifier: FixedWidthInteger>(
    _ row: Int, to tokens: UnsafeBufferPointer<Identifier>
  ) {
    require(
      tokens.count == sequenceLength + 1,
      "a row of \(sequenceLength) tokens is made of \(sequenceLength + 1) ids, not \(tokens.count)")
    let offset = row * sequenceLength
    for position in 0..<sequenceLength {
      inputs[offset + position] = Int32(tokens[position])
      targets[offset + position] = Int32(tokens[position + 1])
    }
  }
}
