import Kernels

/// y = residual + s·(x·Aᵀ)·Bᵀ: a low-rank adapter beside a layer (LoRA, arXiv 2106.09685).
///
/// - Parameters:
///   - residual: [..., outputs], what the layer itself gives.
///   - input: [..., inputs].
///   - a: [rank, inputs].
///   - b: [outputs, rank].
/// - Returns: [..., outputs].
public func lowRankUpdate(_ residual: Tensor, input: Tensor, a: Tensor, b: Tensor, scale: Float) -> Tensor {
  LowRankShapes.check(a, b, weight: [b.shape[0], input.shape[-1]])
  let (rows, shape) = LinearShape.check(input.shape, [b.shape[0], a.shape[1]])
  require(residual.shape == shape, "a residual of shape \(residual.shape) for an update of shape \(shape)")
  let (x, a, b) = (input.float32.contiguous, a.float32.contiguous, b.float32.contiguous)
  let result = residual.detached.float32.copied
  let hidden = Tensor(uninitialized: [rows, a.shape[0]])
  LowRankProduct(
    a: a.floats, b: b.floats, inputs: a.shape[1], outputs: b.shape[0], rank: a.shape[0], scale: scale
  ).add(x.floats, rows: rows, hidden: hidden.floats, to: result.floats)
  return result.recorded(
    from: residual, x, a, b,
    by: LowRankUpdateBackward(input: x.detached, hidden: hidden, a: a.detached, b: b.detached, scale: scale))
}

/// With h = s·x·Aᵀ: dresidual = dy, dB = dyᵀ·h, dh = s·dy·B, dA = dhᵀ·x, dx = dh·A.
/// Saves x, h, A and B.
private struct LowRankUpdateBackward: BackwardOperation {
  let input: Tensor
  let hidden: Tensor
  let a: Tensor
  let b: Tensor
  let scale: Float

  func backward(_ outputGradient: Tensor, into inputs: GradientSink) {
    inputs.add(outputGradient, to: 0)
    let rank = a.shape[0]
    let hiddenGradient = Tensor(uninitialized: hidden.shape)
    let (rows, outputs) = (hidden.shape[0], b.shape[0])
    FloatMatmul.multiply(
      m: rows, n: rank, k: outputs, a: outputGradient.floats, lda: outputs, b: b.floats, ldb: rank, alpha: scale,
      c: hiddenGradient.floats, ldc: rank)
    if inputs.wants(1) {
      LinearGradients.input(hiddenGradient, weight: a.floats, shape: a.shape, into: inputs, at: 1)
    }
    if inputs.wants(2) {
      LinearGradients.weight(hiddenGradient, input: input.floats, shape: a.shape, into: inputs, at: 2)
    }
    if inputs.wants(3) {
      LinearGradients.weight(outputGradient, input: hidden.floats, shape: b.shape, into: inputs, at: 3)
    }
  }
}

enum LowRankShapes {
  static func check(_ a: Tensor, _ b: Tensor, weight: Shape) {
    require(
      a.shape.rank == 2 && b.shape.rank == 2 && a.shape[0] == b.shape[1] && a.shape[1] == weight[1]
        && b.shape[0] == weight[0],
      "factors of shape \(a.shape) and \(b.shape) do not fit a weight of shape \(weight)")
  }
}
