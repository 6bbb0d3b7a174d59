import Kernels

extension QuantizedActivations {
  /// The activations of `rmsNorm(gated(gate, up, activation:), gain:, epsilon:)`: the product is never in memory as a
  /// whole, nor is its norm unless it is asked for.
  ///
  /// - Parameters:
  ///   - gate, up: [..., width].
  ///   - gain: [width].
  ///   - keepsValues: whether the unquantised values are wanted too.
  public init(
    normalizingGated gate: Tensor, _ up: Tensor, activation: Activation, gain: Tensor, epsilon: Float,
    keepsValues: Bool = false
  ) {
    let width = gate.shape[-1]
    require(
      gate.shape == up.shape && gain.shape == [width],
      "gate of shape \(gate.shape), up projection of shape \(up.shape), gain of shape \(gain.shape)")
    let (g, u, w) = (gate.float32.contiguous, up.float32.contiguous, gain.float32.contiguous)
    let rows = g.shape.rowCount
    let reciprocals = Tensor(uninitialized: [rows])
    let values = keepsValues ? Tensor(uninitialized: g.shape) : Tensor(withoutValues: g.shape)
    let codes = QuantizedRows(
      normalizingGated: g.floats, up: u.floats, activation: activation, gain: w.floats, epsilon: epsilon,
      rows: rows, columns: width, reciprocals: reciprocals.floats,
      values: keepsValues ? values.floats : nil)
    let operation = GatedNormBackward(
      gate: g.detached, up: u.detached, gain: w.detached, reciprocals: reciprocals, activation: activation)
    self.init(codes: codes, source: values.recorded(from: g, u, w, by: operation))
  }
}

/// The gradients of `gated` behind those of `rmsNorm`, row by row. Saves gate, up, gain and one number per row.
private struct GatedNormBackward: BackwardOperation {
  let gate: Tensor
  let up: Tensor
  let gain: Tensor
  let reciprocals: Tensor
  let activation: Activation

  func backward(_ outputGradient: Tensor, into inputs: GradientSink) {
    let (dgate, dup) = (Tensor(uninitialized: gate.shape), Tensor(uninitialized: up.shape))
    let dgain = Tensor(uninitialized: gain.shape)
    let columns = gain.shape.count
    GatedNormKernel.backward(
      gate: gate.floats, up: up.floats, activation: activation, gain: gain.floats, reciprocals: reciprocals.floats,
      outputGradient: outputGradient.floats, rows: gate.shape.rowCount, columns: columns,
      gateGradient: dgate.floats, upGradient: dup.floats, gainGradient: dgain.floats)
    inputs.add(dgate, to: 0)
    inputs.add(dup, to: 1)
    inputs.add(dgain, to: 2)
  }
}
