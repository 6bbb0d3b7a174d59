import Kernels

/// W + s·B·A: a weight with its low-rank adapter merged into it.
///
/// Each element is a sum in the order of the rank, whatever the number of threads, so that merging gives the bits that
/// training saw.
/// - Parameters:
///   - weight: [outputs, inputs]; receives no gradient.
///   - a: [rank, inputs].
///   - b: [outputs, rank].
/// - Returns: [outputs, inputs] in the data type of `weight`: masters in bfloat16 stay so, rounded to nearest even.
public func lowRankSum(_ weight: Tensor, a: Tensor, b: Tensor, scale: Float) -> Tensor {
  let (outputs, inputs, rank) = (weight.shape[0], weight.shape[1], a.shape[0])
  LowRankShapes.check(a, b, weight: weight.shape)
  let (factorA, factorB) = (a.detached.float32.contiguous, b.detached.float32.contiguous)
  let sum = weight.detached.float32.copied
  LowRankSum.add(
    a: factorA.floats, b: factorB.floats, rank: rank, scale: scale, to: sum.floats, rows: outputs, columns: inputs)
  let result = weight.dataType == .bfloat16 ? sum.bfloat16 : sum
  return result.recorded(from: a, b, by: LowRankSumBackward(a: a.detached, b: b.detached, scale: scale))
}

/// dB = s·dM·Aᵀ, dA = s·Bᵀ·dM; rounding to bfloat16 is passed straight through. Saves A and B.
private struct LowRankSumBackward: BackwardOperation {
  let a: Tensor
  let b: Tensor
  let scale: Float

  func backward(_ outputGradient: Tensor, into inputs: GradientSink) {
    let (rank, columns, rows) = (a.shape[0], a.shape[1], b.shape[0])
    let (a, b) = (a.float32.contiguous, b.float32.contiguous)
    inputs.accumulate(to: 0) { destination, isFirst in
      FloatMatmul.multiply(
        m: rank, n: columns, k: rows, a: b.floats, lda: rank, transposeA: true, b: outputGradient.floats,
        ldb: columns, alpha: scale, beta: isFirst ? 0 : 1, c: destination, ldc: columns)
    }
    inputs.accumulate(to: 1) { destination, isFirst in
      FloatMatmul.multiply(
        m: rows, n: rank, k: columns, a: outputGradient.floats, lda: columns, b: a.floats, ldb: columns,
        transposeB: true, alpha: scale, beta: isFirst ? 0 : 1, c: destination, ldc: rank)
    }
  }
}
