import Kernels

/// A low-rank adapter of a quantised linear layer (LoRA, arXiv 2106.09685).
public struct LowRankAdapter {
  public enum Placement {
    /// s·B·A·z is added to what the layer gives, z unquantised: [..., inputs], the layer's input or what dropout left.
    case beside(input: Tensor)
    /// s·B·A is added to the weight before that is quantised.
    case inside
  }

  /// [rank, inputs]
  public let a: Tensor
  /// [outputs, rank]
  public let b: Tensor
  public let scale: Float
  public let placement: Placement

  public init(a: Tensor, b: Tensor, scale: Float, placement: Placement) {
    (self.a, self.b, self.scale, self.placement) = (a.float32.contiguous, b.float32.contiguous, scale, placement)
  }
}

/// `bitLinear` with frozen weights and an adapter: y = BitLinear(x; W) + s·B·A·z beside, or y = BitLinear(x; W + s·B·A)
/// inside, whose gradient passes straight through the quantiser.
///
/// - Parameters:
///   - input: codes and scales of [..., inputs].
///   - quantized: the codes of W, or of W + s·B·A.
///   - residual: [..., outputs], added at the end; nil: nothing.
/// - Returns: [..., outputs].
public func bitLinear(
  _ input: QuantizedActivations, quantized: QuantizedWeight, adapter: LowRankAdapter, residual: Tensor? = nil
) -> Tensor {
  LowRankShapes.check(adapter.a, adapter.b, weight: quantized.shape)
  let (rows, shape) = LinearShape.check(input.shape, quantized.shape)
  let residual = residual?.float32.contiguous
  if let residual {
    require(residual.shape == shape, "a residual of shape \(residual.shape) for an output of shape \(shape)")
  }
  let result = Tensor(uninitialized: shape)
  var operation = AdaptedBitLinearBackward(activations: input.codes, quantized: quantized, adapter: adapter)
  var operands = [input.source, adapter.a, adapter.b]
  switch adapter.placement {
  case .inside:
    quantized.matrix.multiply(input.codes, adding: residual?.floats, into: result.floats)
  case .beside(let z):
    require(z.shape == input.shape, "an adapter's input of shape \(z.shape) beside one of shape \(input.shape)")
    let (z, hidden) = (z.float32.contiguous, Tensor(uninitialized: [rows, adapter.a.shape[0]]))
    quantized.matrix.multiply(
      input.codes, adding: LowRankProduct(a: adapter.a, b: adapter.b, scale: adapter.scale), of: z.floats,
      hidden: hidden.floats, residual: residual?.floats, into: result.floats)
    operation.saved = (z.detached, hidden)
    if !z.hasGraphPosition(of: input.source) {
      operation.inputIndex = operands.count
      operands.append(z)
    }
  }
  if let residual {
    operation.residualIndex = operands.count
    operands.append(residual)
  }
  return result.recorded(from: operands, by: operation)
}

/// dx = dy·(codes·γ), dresidual = dy; with h = s·z·Aᵀ and dh = s·dy·B: dz = dh·A, dA = dhᵀ·z, dB = dyᵀ·h. Inside, z is the
/// quantised x and dx holds for the sum as a whole. Saves the 8-bit activations, the codes, A and B; beside, z and h too.
private struct AdaptedBitLinearBackward: BackwardOperation {
  let activations: QuantizedRows
  let quantized: QuantizedWeight
  let adapter: LowRankAdapter
  /// z [..., inputs] and h [rows, rank] of an adapter beside the layer.
  var saved: (input: Tensor, hidden: Tensor)?
  /// Where z is, if it is not x.
  var inputIndex: Int?
  var residualIndex: Int?

  private var rank: Int { adapter.a.shape[0] }
  private var isEmpty: Bool { activations.rows * quantized.shape.count == 0 }

  func backward(_ outputGradient: Tensor, into inputs: GradientSink) {
    if let residualIndex { inputs.add(outputGradient, to: residualIndex) }
    switch BackwardPrecision.current {
    case .bfloat16 where BFloat16Product.isAvailable && !isEmpty && inputs.wants(1) && inputs.wants(2):
      multiplyInBFloat16(outputGradient, into: inputs)
    default: multiplyInFloat32(outputGradient, into: inputs)
    }
  }

  private func multiplyInBFloat16(_ outputGradient: Tensor, into inputs: GradientSink) {
    let gradients = AdapterGradients(
      quantized.matrix, a: adapter.a.floats, b: adapter.b.floats, rank: rank, scale: adapter.scale,
      wantsInput: inputs.wants(0),
      computesHidden: saved == nil)
    let input: AdapterGradients.Input =
      saved.map { .floats($0.input.floats, hidden: $0.hidden.floats) } ?? .codes(activations)
    withDestinations(inputs) { x, z in
      inputs.accumulate(to: 1) { a, isFirstA in
        inputs.accumulate(to: 2) { b, isFirstB in
          gradients.compute(
            outputGradient.floats, rows: activations.rows, input: input, x: x, z: z, a: (a, !isFirstA),
            b: (b, !isFirstB))
        }
      }
    }
  }

  /// The memory for dx and dz, where they are wanted.
  private func withDestinations(
    _ inputs: GradientSink, _ body: (GradientDestination?, GradientDestination?) -> Void
  ) {
    inputs.lend(0) { x in
      guard saved != nil else { return body(x, nil) }
      guard let inputIndex else { return body(x, x.map { ($0.values, true) }) }
      inputs.lend(inputIndex) { z in body(x, z) }
    }
  }

  private func multiplyInFloat32(_ outputGradient: Tensor, into inputs: GradientSink) {
    if inputs.wants(0) {
      let weight = quantized.matrix
      let dense = Tensor(uninitialized: [weight.rows, weight.columns])
      weight.dequantize(into: dense.floats)
      LinearGradients.input(outputGradient, weight: dense.floats, shape: dense.shape, into: inputs, at: 0)
    }
    let (input, hidden) = saved ?? dequantizedInput
    LowRankGradients.add(
      outputGradient, input: input, hidden: hidden, a: adapter.a.detached, b: adapter.b.detached, scale: adapter.scale,
      into: inputs, at: (input: saved == nil ? nil : inputIndex ?? 0, a: 1, b: 2))
  }

  private var dequantizedInput: (input: Tensor, hidden: Tensor) {
    let dense = Tensor(uninitialized: [activations.rows, activations.columns])
    activations.dequantize(into: dense.floats)
    let hidden = Tensor(uninitialized: [activations.rows, rank])
    FloatMatmul.multiply(
      m: activations.rows, n: rank, k: activations.columns, a: dense.floats, lda: activations.columns,
      b: adapter.a.floats, ldb: activations.columns, transposeB: true, alpha: adapter.scale, c: hidden.floats, ldc: rank
    )
    return (dense, hidden)
  }
}
