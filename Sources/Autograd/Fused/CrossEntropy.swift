import Kernels

/// The target of a position that has no loss.
public let ignoredTarget: Int32 = -100

/// Softmax cross-entropy in nats of each row.
///
/// - Parameters:
///   - logits: [rows, classes].
///   - targets: one class per row, or negative: that row has loss 0 and no gradient.
/// - Returns: [rows].
public func crossEntropy(logits: Tensor, targets: [Int32]) -> Tensor {
  let (rows, classes) = (logits.shape[0], logits.shape[-1])
  CrossEntropyTargets.check(targets, rows: rows, classes: classes, shape: logits.shape)
  let z = logits.float32.contiguous
  let (losses, logSums) = (Tensor(uninitialized: [rows]), Tensor(uninitialized: [rows]))
  CrossEntropyKernel.forward(
    logits: z.floats, rows: rows, columns: classes, targets: targets, losses: losses.floats, logSums: logSums.floats)
  return losses.recorded(from: z, by: CrossEntropyBackward(logits: z.detached, targets: targets, logSums: logSums))
}

/// dlogits = (softmax − one-hot)·dloss. Saves the logits and log Σ exp of each row.
private struct CrossEntropyBackward: BackwardOperation {
  let logits: Tensor
  let targets: [Int32]
  let logSums: Tensor

  func backward(_ outputGradient: Tensor, into inputs: GradientSink) {
    let gradient = logits.copied
    CrossEntropyKernel.backward(
      logits: gradient.floats, rows: targets.count, columns: logits.shape[-1], targets: targets,
      logSums: logSums.floats, lossGradients: outputGradient.floats)
    inputs.add(gradient, to: 0)
  }
}

enum CrossEntropyTargets {
  static func check(_ targets: [Int32], rows: Int, classes: Int, shape: Shape) {
    require(shape.rank == 2 && targets.count == rows, "\(targets.count) targets for logits of shape \(shape)")
    require(targets.allSatisfy { $0 < classes }, "a target is not below the number of classes, \(classes)")
  }
}
