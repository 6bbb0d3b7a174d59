import Kernels

/// u = s·(x·Aᵀ)·Bᵀ: what a low-rank adapter adds to a layer's result (LoRA, arXiv 2106.09685).
///
/// The forward pass is float32 in a fixed order, so that a row has the same bits alone and in a batch.
/// - Parameters:
///   - input: [..., inputs].
///   - a: [rank, inputs].
///   - b: [outputs, rank].
/// - Returns: [..., outputs].
public func lowRankUpdate(_ input: Tensor, a: Tensor, b: Tensor, scale: Float) -> Tensor {
  LowRankShapes.check(a, b, weight: [b.shape[0], input.shape[-1]])
  let (rows, shape) = LinearShape.check(input.shape, [b.shape[0], a.shape[1]])
  let (x, a, b) = (input.float32.contiguous, a.float32.contiguous, b.float32.contiguous)
  let result = Tensor(uninitialized: shape)
  let hidden = Tensor(uninitialized: [rows, a.shape[0]])
  LowRankProduct(a: a, b: b, scale: scale).multiply(x.floats, rows: rows, hidden: hidden.floats, into: result.floats)
  return result.recorded(
    from: x, a, b,
    by: LowRankUpdateBackward(input: x.detached, hidden: hidden, a: a.detached, b: b.detached, scale: scale))
}

/// Saves x, h, A and B.
private struct LowRankUpdateBackward: BackwardOperation {
  let input: Tensor
  let hidden: Tensor
  let a: Tensor
  let b: Tensor
  let scale: Float

  func backward(_ outputGradient: Tensor, into inputs: GradientSink) {
    LowRankGradients.add(
      outputGradient, input: input, hidden: hidden, a: a, b: b, scale: scale, into: inputs, at: (input: 0, a: 1, b: 2))
  }
}

/// With h = s·x·Aᵀ and dh = s·du·B: dB = duᵀ·h, dA = dhᵀ·x, dx = dh·A, in float32.
enum LowRankGradients {
  /// - Parameters:
  ///   - input: x [rows, inputs].
  ///   - hidden: h [rows, rank].
  ///   - indices: of the operands in the sink; nil: not wanted.
  static func add(
    _ outputGradient: Tensor, input: Tensor, hidden: Tensor, a: Tensor, b: Tensor, scale: Float,
    into inputs: GradientSink, at indices: (input: Int?, a: Int, b: Int)
  ) {
    let (rank, outputs) = (a.shape[0], b.shape[0])
    let hiddenGradient = Tensor(uninitialized: hidden.shape)
    FloatMatmul.multiply(
      m: hidden.shape[0], n: rank, k: outputs, a: outputGradient.floats, lda: outputs, b: b.floats, ldb: rank,
      alpha: scale, c: hiddenGradient.floats, ldc: rank)
    if let index = indices.input, inputs.wants(index) {
      LinearGradients.input(hiddenGradient, weight: a.floats, shape: a.shape, into: inputs, at: index)
    }
    LinearGradients.weight(hiddenGradient, input: input.floats, shape: a.shape, into: inputs, at: indices.a)
    LinearGradients.weight(outputGradient, input: hidden.floats, shape: b.shape, into: inputs, at: indices.b)
  }
}

extension LowRankProduct {
  /// - Parameters:
  ///   - a: float32 [rank, inputs].
  ///   - b: float32 [outputs, rank].
  init(a: Tensor, b: Tensor, scale: Float) {
    self.init(
      a: a.floats, b: b.floats, inputs: a.shape[1], outputs: b.shape[0], rank: a.shape[0], scale: scale)
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
