import Kernels

extension RuntimeLayer {
  /// Sends `rows` rows of `scratch.hidden` at the positions from `first` on through the block, in place.
  ///
  /// The order of the operations is that of the training forward pass, on which the equality of bits rests.
  func forward(
    _ scratch: ForwardScratch, rows: Int, first: Int, cache: PackedKeysValues, rotary: RotaryPositions
  ) {
    attend(scratch, rows: rows, first: first, cache: cache, rotary: rotary)
    scratch.addProjected(rows: rows, width: inputNorm.width)
    feedForward(scratch, rows: rows)
    scratch.addProjected(rows: rows, width: inputNorm.width)
  }

  private func attend(
    _ scratch: ForwardScratch, rows: Int, first: Int, cache: PackedKeysValues, rotary: RotaryPositions
  ) {
    let input = scratch.normalized(scratch.hidden, by: inputNorm, rows: rows)
    query.multiply(input, into: scratch.queries)
    key.multiply(input, into: scratch.keys)
    value.multiply(input, into: scratch.values)
    rotary.rotate(
      scratch.queries, rows: rows, heads: cache.shape.heads, positions: scratch.positions, output: scratch.queries)
    rotary.rotate(
      scratch.keys, rows: rows, heads: cache.shape.keyValueHeads, positions: scratch.positions, output: scratch.keys)
    cache.store(keys: scratch.keys, values: scratch.values, first: first, count: rows)
    cache.attend(queries: scratch.queries, first: first, count: rows, output: scratch.mixed)
    output.multiply(scratch.normalized(scratch.mixed, by: attentionSubNorm, rows: rows), into: scratch.projected)
  }

  private func feedForward(_ scratch: ForwardScratch, rows: Int) {
    let input = scratch.normalized(scratch.hidden, by: postAttentionNorm, rows: rows)
    gate.multiply(input, into: scratch.gate)
    up.multiply(input, into: scratch.up)
    GatedActivationKernel.forward(
      gate: scratch.gate, up: scratch.up, count: rows * gate.rows, activation: activation, output: scratch.mixed)
    down.multiply(scratch.normalized(scratch.mixed, by: feedForwardSubNorm, rows: rows), into: scratch.projected)
  }
}

extension ForwardScratch {
  /// The normalised rows, in `normalized`: valid until the next call.
  func normalized(_ input: UnsafePointer<Float>, by norm: NormGain, rows: Int) -> ActivationRows {
    norm.normalize(input, rows: rows, into: normalized, reciprocals: reciprocals)
    return ActivationRows(normalized, rows: rows, columns: norm.width)
  }

  /// The residual connection.
  fileprivate func addProjected(rows: Int, width: Int) {
    let (sum, summand) = (hidden, projected)
    ThreadPool.current.forEachRange(of: rows * width, multipleOf: 16, minimumPerThread: 16_384) { range in
      for index in range { sum[index] += summand[index] }
    }
  }
}
