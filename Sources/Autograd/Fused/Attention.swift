import Kernels

/// Causal scaled dot-product attention with grouped key and value heads, block by block: memory is linear in the
/// sequence length (FlashAttention, arXiv 2205.14135; GQA, arXiv 2305.13245).
///
/// - Parameters:
///   - queries: [batch · length, heads · headDimension].
///   - keys, values: [batch · length, keyValueHeads · headDimension].
///   - length: tokens per sequence.
///   - documentStarts: per row, the first position (within its sequence) of the document it belongs to; rows see no
///     other document. nil: every sequence is one document.
/// - Returns: [batch · length, heads · headDimension].
public func causalAttention(
  queries: Tensor, keys: Tensor, values: Tensor, heads: Int, keyValueHeads: Int, length: Int,
  documentStarts: [Int32]? = nil
) -> Tensor {
  require(heads > 0, "attention needs at least one head, got \(heads)")
  let rows = queries.shape[0]
  let shape = AttentionShape(
    heads: heads, keyValueHeads: keyValueHeads, headDimension: queries.shape[-1] / heads)
  require(
    queries.shape == [rows, shape.queryWidth] && keys.shape == [rows, shape.keyValueWidth]
      && values.shape == keys.shape && rows.isMultiple(of: length),
    "queries \(queries.shape), keys \(keys.shape), values \(values.shape) for \(heads)/\(keyValueHeads) heads, length \(length)"
  )
  require(
    documentStarts == nil || documentStarts?.count == rows, "\(documentStarts!.count) document starts for \(rows) rows")
  let (q, k, v) = (queries.float32.contiguous, keys.float32.contiguous, values.float32.contiguous)
  let result = Tensor(uninitialized: q.shape)
  let batch = rows / max(1, length)
  let logSums = Tensor(uninitialized: [batch, heads, length])
  documentStarts.withOptionalPointer { starts in
    AttentionKernel.forward(
      queries: q.floats, keys: k.floats, values: v.floats, shape: shape, batch: batch, length: length,
      documentStarts: starts, output: result.floats, logSums: logSums.floats)
  }
  return result.recorded(
    from: q, k, v,
    by: AttentionBackward(
      queries: q.detached, keys: k.detached, values: v.detached, output: result, logSums: logSums, shape: shape,
      length: length, documentStarts: documentStarts))
}

/// With P = softmax(QKᵀ/√d) recomputed from the saved log-sums: dV = Pᵀ·dY, dS = P·(dY·Vᵀ − Σ dY·Y),
/// dQ = dS·K/√d, dK = dSᵀ·Q/√d. Saves queries, keys, values, the output and one number per row and head.
private struct AttentionBackward: BackwardOperation {
  let queries: Tensor
  let keys: Tensor
  let values: Tensor
  let output: Tensor
  let logSums: Tensor
  let shape: AttentionShape
  let length: Int
  let documentStarts: [Int32]?

  func backward(_ outputGradient: Tensor, into inputs: GradientSink) {
    let dqueries = Tensor(uninitialized: queries.shape)
    let (dkeys, dvalues) = (Tensor(uninitialized: keys.shape), Tensor(uninitialized: values.shape))
    documentStarts.withOptionalPointer { starts in
      AttentionKernel.backward(
        queries: queries.floats, keys: keys.floats, values: values.floats, output: output.floats,
        outputGradient: outputGradient.floats, shape: shape, batch: queries.shape[0] / max(1, length), length: length,
        documentStarts: starts, logSums: logSums.floats,
        inBFloat16: BackwardPrecision.current == .bfloat16 && BFloat16Product.isAvailable,
        queryGradient: dqueries.floats, keyGradient: dkeys.floats,
        valueGradient: dvalues.floats)
    }
    inputs.add(dqueries, to: 0)
    inputs.add(dkeys, to: 1)
    inputs.add(dvalues, to: 2)
  }
}

extension Optional where Wrapped == [Int32] {
  fileprivate func withOptionalPointer(_ body: (UnsafePointer<Int32>?) -> Void) {
    switch self {
    case .some(let array): array.withUnsafeBufferPointer { body($0.baseAddress) }
    case .none: body(nil)
    }
  }
}
