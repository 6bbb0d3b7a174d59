import Kernels

extension RuntimeLayer {
  /// Sends `rows` rows of `scratch.hidden` at `scratch.positions` through the block, in place.
  ///
  /// The order of the operations is that of the training forward pass, on which the equality of bits rests.
  func forward(_ scratch: ForwardScratch, rows: Int, attention: AttentionBatch, rotary: RotaryPositions) {
    attend(scratch, rows: rows, attention: attention, rotary: rotary)
    feedForward(scratch, rows: rows)
  }

  private func attend(_ scratch: ForwardScratch, rows: Int, attention: AttentionBatch, rotary: RotaryPositions) {
    scratch.normalized(scratch.hidden, by: inputNorm, rows: rows, for: [query, key, value]).multiply([
      (query, scratch.queries), (key, scratch.keys), (value, scratch.values),
    ])
    let shape = attention.shape
    scratch.normalizeHeads(scratch.queries, by: queryNorm, count: rows * query.rows)
    scratch.normalizeHeads(scratch.keys, by: keyNorm, count: rows * key.rows)
    rotary.rotate(
      scratch.queries, rows: rows, heads: shape.heads, positions: scratch.positions, output: scratch.queries)
    rotary.rotate(
      scratch.keys, rows: rows, heads: shape.keyValueHeads, positions: scratch.positions, output: scratch.keys)
    attention.store(keys: scratch.keys, values: scratch.values)
    attention.attend(queries: scratch.queries, output: scratch.mixed)
    let attended = scratch.normalized(scratch.mixed, by: attentionSubNorm, rows: rows, for: [output])
    scratch.addToHidden(output, attended, norm: attentionOutputNorm)
  }

  private func feedForward(_ scratch: ForwardScratch, rows: Int) {
    scratch.normalized(scratch.hidden, by: postAttentionNorm, rows: rows, for: [gate, up]).multiply([
      (gate, scratch.gate), (up, scratch.up),
    ])
    scratch.addToHidden(down, gated(scratch, rows: rows), norm: feedForwardOutputNorm)
  }

  /// The product of activated gate and up, normalised where there is a norm.
  private func gated(_ scratch: ForwardScratch, rows: Int) -> ActivationRows {
    if down.takesQuantizedAlone, let feedForwardSubNorm {
      return ActivationRows(
        feedForwardSubNorm.quantize(
          gate: scratch.gate, up: scratch.up, activation: activation, rows: rows, reciprocals: scratch.reciprocals))
    }
    GatedActivationKernel.forward(
      gate: scratch.gate, up: scratch.up, count: rows * gate.rows, activation: activation, output: scratch.mixed)
    return scratch.normalized(scratch.mixed, by: feedForwardSubNorm, rows: rows, for: [down])
  }
}

extension ForwardScratch {
  /// In place, every head by itself or all of a row together, as wide as the norm is.
  func normalizeHeads(_ heads: UnsafeMutablePointer<Float>, by norm: NormGain?, count: Int) {
    norm?.normalize(heads, rows: count / (norm?.width ?? 1), into: heads, reciprocals: headReciprocals)
  }

  /// hidden += norm(input·matrixᵀ), the norm where there is one.
  func addToHidden(_ matrix: any WeightMatrix, _ input: ActivationRows, norm: NormGain?) {
    guard let norm else { return matrix.multiply(input, addingTo: hidden, scratch: projected) }
    matrix.multiply(input, into: projected)
    norm.normalize(projected, rows: input.rows, into: projected, reciprocals: reciprocals)
    VectorSum.add(projected, to: hidden, count: input.rows * matrix.rows)
  }

  /// The rows, normalised where there is a norm, as `matrices` multiply them; float32 ones are valid until the next call.
  func normalized(
    _ input: UnsafePointer<Float>, by norm: NormGain?, rows: Int, for matrices: [any WeightMatrix]
  ) -> ActivationRows {
    guard let norm else { return ActivationRows(input, rows: rows, columns: matrices[0].columns) }
    if matrices.allSatisfy(\.takesQuantizedAlone) {
      return ActivationRows(norm.quantize(input, rows: rows, reciprocals: reciprocals))
    }
    norm.normalize(input, rows: rows, into: normalized, reciprocals: reciprocals)
    return ActivationRows(normalized, rows: rows, columns: norm.width)
  }
}
