import Kernels

/// Whether models keep what their blocks compute for the backward pass, or compute it again (activation checkpointing).
public enum Recomputation {
  @TaskLocal public static var isEnabled = false
}

/// Runs `body` without keeping anything for the backward pass, which runs it again to get what it needs (activation
/// checkpointing, arXiv 1604.06174): memory for time, the same bytes.
///
/// - Parameters:
///   - input: what `body` is a function of; gradients reach it.
///   - parameters: the other parameters `body` uses.
///   - body: must give the same result both times: whatever is random in it draws from the same place again.
public func recomputed(
  _ input: Tensor, parameters: [Parameter], _ body: @escaping (Tensor) -> Tensor
) -> Tensor {
  let result = withoutGradients { body(input.detached) }
  return result.recorded(
    from: [input] + parameters.map(\.tensor), by: RecomputationBackward(input: input.detached, body: body))
}

/// Records `body` on the saved input and walks that graph; parameters get their gradients from it. Saves the input.
private struct RecomputationBackward: BackwardOperation {
  let input: Tensor
  let body: (Tensor) -> Tensor

  func backward(_ outputGradient: Tensor, into inputs: GradientSink) {
    let leaf = Node(shape: input.shape)
    let tracked = Tensor(
      storage: input.memory, shape: input.shape, strides: input.strides, offset: input.offset,
      dataType: input.dataType, node: inputs.wants(0) ? leaf : nil)
    body(tracked).backward(outputGradient)
    if let gradient = leaf.gradient { inputs.add(gradient, to: 0) }
  }
}
