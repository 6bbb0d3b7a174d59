import Kernels

/// activation(gate) · up, elementwise (arXiv 2002.05202). Both operands have one shape.
public func gated(_ gate: Tensor, _ up: Tensor, activation: Activation) -> Tensor {
  require(gate.shape == up.shape, "gate of shape \(gate.shape) and up projection of shape \(up.shape)")
  let (g, u) = (gate.float32.contiguous, up.float32.contiguous)
  let result = Tensor(uninitialized: g.shape)
  GatedActivationKernel.forward(
    gate: g.floats, up: u.floats, count: g.shape.count, activation: activation, output: result.floats)
  return result.recorded(
    from: g, u, by: GatedBackward(gate: g.detached, up: u.detached, activation: activation))
}

/// dgate = dy·up·activation′(gate), dup = dy·activation(gate). Saves both operands.
private struct GatedBackward: BackwardOperation {
  let gate: Tensor
  let up: Tensor
  let activation: Activation

  func backward(_ outputGradient: Tensor, into inputs: GradientSink) {
    let (dgate, dup) = (Tensor(uninitialized: gate.shape), Tensor(uninitialized: up.shape))
    GatedActivationKernel.backward(
      gate: gate.floats, up: up.floats, outputGradient: outputGradient.floats, count: gate.shape.count,
      activation: activation, gateGradient: dgate.floats, upGradient: dup.floats)
    inputs.add(dgate, to: 0)
    inputs.add(dup, to: 1)
  }
}
