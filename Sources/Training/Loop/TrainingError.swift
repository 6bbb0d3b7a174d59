/// What stops a training run. No weight is changed in the step that is named.
public enum TrainingError: Error, Equatable, CustomStringConvertible {
  /// - Parameter tensor: the first parameter with a NaN or infinite element, or nil when all parameters are finite.
  case nonFiniteLoss(step: Int, microBatch: Int, tensor: String?)
  case nonFiniteGradient(step: Int, tensor: String)
  /// The loss on the held-out data, or its exponential.
  case nonFiniteValidation(step: Int)
  /// None of the micro-batches of a step had a target token.
  case noTargetTokens(step: Int)

  public var description: String {
    switch self {
    case .nonFiniteLoss(let step, let microBatch, let tensor):
      let place = tensor.map { "parameter \($0) has NaN or infinite elements" } ?? "all parameters are finite"
      return "step \(step): the loss of micro-batch \(microBatch) is NaN or infinite; \(place). \(Self.advice)"
    case .nonFiniteGradient(let step, let tensor):
      return "step \(step): the gradient of \(tensor) is NaN or infinite. \(Self.advice)"
    case .nonFiniteValidation(let step):
      return "step \(step): the validation loss is NaN, infinite or too large for a perplexity. \(Self.diverged)"
    case .noTargetTokens(let step):
      return "step \(step): no token of the batch is a target, so there is nothing to learn from it. "
        + "Look at the masks of the data."
    }
  }

  private static let advice = "The step was not applied. \(diverged)"

  private static let diverged =
    "Earlier checkpoints are untouched. Try a lower optimizer.lr, a longer "
    + "lr_scheduler.num_warmup_steps or clip_grad_norm=1, and go on from the last checkpoint with --resume."
}
