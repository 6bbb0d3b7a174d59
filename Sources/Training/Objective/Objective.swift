import Autograd

/// What a model is trained for: turns the n-th micro-batch into a loss. ``BatchObjective`` is the one that is put
/// together from model, data and loss.
///
/// Losses are sums, not means, and come with what they are to be divided by: the loop adds both up over an optimiser
/// step and divides once, so that gradient accumulation equals one large batch even when batches hold different numbers
/// of tokens.
public protocol Objective: AnyObject {
  /// The model whose parameters are trained.
  var model: any Module { get }

  /// The loss of one micro-batch, recorded for a backward pass.
  /// - Parameter number: counts the micro-batches of a run from 0; the data are a pure function of it, so that a run
  ///   resumes at the right place with nothing to replay.
  /// - Returns: nil beyond the last micro-batch; the last step of a run may have fewer than the others.
  func loss(ofMicroBatch number: Int) throws -> MicroBatchLoss?
}

/// The loss of one micro-batch.
public struct MicroBatchLoss {
  /// The sum of the losses, a scalar.
  public let sum: Tensor
  /// What a step's sum is divided by, added over its micro-batches.
  public let divisor: Int
  /// Target tokens that contributed.
  public let tokenCount: Int
  /// Bytes of text that the target tokens stand for.
  public let byteCount: Int
  /// Pairs of answers, for a loss of pairs; else 0.
  public let pairCount: Int
  /// What else is measured, as sums over the pairs, or over the tokens for a loss of tokens.
  public let measures: [String: Double]

  /// A loss of tokens.
  /// - Parameter divisor: the tokens when nil.
  public init(
    sum: Tensor, tokenCount: Int, byteCount: Int, divisor: Int? = nil, measures: [String: Double] = [:]
  ) {
    self.sum = sum
    self.divisor = divisor ?? tokenCount
    self.tokenCount = tokenCount
    self.byteCount = byteCount
    pairCount = 0
    self.measures = measures
  }

  /// A loss of pairs, divided by their number.
  public init(sum: Tensor, pairCount: Int, tokenCount: Int, byteCount: Int, measures: [String: Double]) {
    self.sum = sum
    divisor = pairCount
    self.tokenCount = tokenCount
    self.byteCount = byteCount
    self.pairCount = pairCount
    self.measures = measures
  }

  /// - Parameter nats: the value of the sum.
  func loss(nats: Double) -> LossSum {
    LossSum(nats: nats, tokens: tokenCount, bytes: byteCount, pairs: pairCount, measures: measures)
  }
}
