import Kernels

extension RuntimeLayer {
  /// Sends `rows` rows of `scratch.hidden` at the positions from `first` on through the block, in place.
  ///
  /// The order of the operations is that of the training forward pass, on which the equality of bits rests.
  func forward(
    _ scratch: ForwardScratch, rows: Int, first: Int, cache: PackedKeysValues, rotary: RotaryPositions
  ) {
    attend(scratch, rows: rows, first: first, cache: cache, rotary: rotary)
    feedForward(scratch, rows: rows)
  }

  private func attend(
    _ scratch: ForwardScratch, rows: Int, first: Int, cache: PackedKeysValues, rotary: RotaryPositions
  ) {
    scratch.normalized(scratch.hidden, by: inputNorm, rows: rows, for: [query, key, value]).multiply([
      (query, scratch.queries), (key, scratch.keys), (value, scratch.values),
    ])
    rotary.rotate(
      scratch.queries, rows: rows, heads: cache.shape.heads, positions: scratch.positions, output: scratch.queries)
    rotary.rotate(
      scratch.keys, rows: rows, heads: cache.shape.keyValueHeads, positions: scratch.positions, output: scratch.keys)
    cache.store(keys: scratch.keys, values: scratch.values, first: first, count: rows)
    cache.attend(queries: scratch.queries, first: first, count: rows, output: scratch.mixed)
    output.multiply(
      scratch.normalized(scratch.mixed, by: attentionSubNorm, rows: rows, for: [output]), addingTo: scratch.hidden,
      scratch: scratch.projected)
  }

  private func feedForward(_ scratch: ForwardScratch, rows: Int) {
    scratch.normalized(scratch.hidden, by: postAttentionNorm, rows: rows, for: [gate, up]).multiply([
      (gate, scratch.gate), (up, scratch.up),
    ])
    down.multiply(gated(scratch, rows: rows), addingTo: scratch.hidden, scratch: scratch.projected)
  }

  /// The normalised product of activated gate and up.
  private func gated(_ scratch: ForwardScratch, rows: Int) -> ActivationRows {
    if down.takesQuantizedAlone {
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
  /// The normalised rows as `matrices` multiply them; float32 ones are valid until the next call.
  func normalized(
    _ input: UnsafePointer<Float>, by norm: NormGain, rows: Int, for matrices: [any WeightMatrix]
  ) -> ActivationRows {
    if matrices.allSatisfy(\.takesQuantizedAlone) {
      return ActivationRows(norm.quantize(input, rows: rows, reciprocals: reciprocals))
    }
    norm.normalize(input, rows: rows, into: normalized, reciprocals: reciprocals)
    return ActivationRows(normalized, rows: rows, columns: norm.width)
  }
}
