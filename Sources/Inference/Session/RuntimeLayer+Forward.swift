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
    let shape = cache.shape
    scratch.normalizeHeads(scratch.queries, by: queryNorm, rows: rows * shape.heads)
    scratch.normalizeHeads(scratch.keys, by: keyNorm, rows: rows * shape.keyValueHeads)
    rotary.rotate(
      scratch.queries, rows: rows, heads: shape.heads, positions: scratch.positions, output: scratch.queries)
    rotary.rotate(
      scratch.keys, rows: rows, heads: shape.keyValueHeads, positions: scratch.positions, output: scratch.keys)
    cache.store(keys: scratch.keys, values: scratch.values, first: first, count: rows)
    cache.attend(queries: scratch.queries, first: first, count: rows, output: scratch.mixed)
    let attended =
      attentionSubNorm.map { scratch.normalized(scratch.mixed, by: $0, rows: rows, for: [output]) }
      ?? ActivationRows(scratch.mixed, rows: rows, columns: output.columns)
    output.multiply(attended, addingTo: scratch.hidden, scratch: scratch.projected)
  }

  private func feedForward(_ scratch: ForwardScratch, rows: Int) {
    scratch.normalized(scratch.hidden, by: postAttentionNorm, rows: rows, for: [gate, up]).multiply([
      (gate, scratch.gate), (up, scratch.up),
    ])
    down.multiply(gated(scratch, rows: rows), addingTo: scratch.hidden, scratch: scratch.projected)
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
    guard let feedForwardSubNorm else { return ActivationRows(scratch.mixed, rows: rows, columns: down.columns) }
    return scratch.normalized(scratch.mixed, by: feedForwardSubNorm, rows: rows, for: [down])
  }
}

extension ForwardScratch {
  /// Every head by itself, in place.
  func normalizeHeads(_ heads: UnsafeMutablePointer<Float>, by norm: NormGain?, rows: Int) {
    norm?.normalize(heads, rows: rows, into: heads, reciprocals: headReciprocals)
  }

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
