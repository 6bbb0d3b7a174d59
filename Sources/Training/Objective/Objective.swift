import Autograd

/// What a model is trained for: turns the n-th micro-batch into a loss.
///
/// Losses are sums, not means, and come with their number of tokens: the loop adds both up over an optimiser step and
/// divides once, so that gradient accumulation equals one large batch even when batches hold different numbers of
/// tokens.
public protocol Objective: AnyObject {
  /// The model whose parameters are trained.
  var model: any Module { get }

  /// The loss of one micro-batch, recorded for a backward pass.
  /// - Parameter number: counts the micro-batches of a run from 0; the data are a pure function of it, so that a run
  ///   resumes at the right place with nothing to replay.
  func loss(ofMicroBatch number: Int) throws -> MicroBatchLoss
}

/// The loss of one micro-batch.
public struct MicroBatchLoss {
  /// The sum of the losses of all target tokens in nats, a scalar.
  public let sum: Tensor
  /// Target tokens that contributed.
  public let tokenCount: Int
  /// Bytes of text that the target tokens stand for.
  public let byteCount: Int

  /// - Parameter byteCount: equal to the tokens when nil, as with a byte-level vocabulary.
  public init(sum: Tensor, tokenCount: Int, byteCount: Int? = nil) {
    self.sum = sum
    self.tokenCount = tokenCount
    self.byteCount = byteCount ?? tokenCount
  }
}
