import Kernels

/// Rows that are quantised in part, x̃ = x + λ·(Q(x) − x), for any number of layers that share them.
///
/// Q(x) are the 8-bit codes over their scale, as `QuantizedActivations` has them. The gradient is that of the identity
/// (straight-through estimator, arXiv 1308.3432).
public struct PartlyQuantizedActivations {
  let values: Tensor
  /// λ
  public let strength: Float

  /// - Parameters:
  ///   - input: [..., features]; one scale per row.
  ///   - strength: λ from 0, which leaves the input as it is, to below 1. At 1 there are `QuantizedActivations`.
  public init(_ input: Tensor, strength: Float) {
    require(strength >= 0 && strength < 1, "rows are partly quantised with λ from 0 to below 1, got \(strength)")
    self.strength = strength
    guard strength > 0 else {
      values = input
      return
    }
    let x = input.float32.contiguous
    values = blended(x, strength: strength) { destination in
      QuantizedRows(x.floats, rows: x.shape.rowCount, columns: x.shape[-1]).dequantize(into: destination)
    }
  }
}

/// A linear layer between full precision and BitNet: y = x̃·w̃ᵀ with x̃ = x + λ·(Q(x) − x) and w̃ = w + λ·(Q(w) − w).
///
/// A model that learnt in full precision becomes a BitNet while λ grows (arXiv 2502.11895, 2505.08823). λ = 0 has the bits
/// of `linear`; λ = 1 is `bitLinear` and is refused here, since a sum of floats is not its exact integer product.
///
/// Straight-through: dx = dy·w̃, dw = dyᵀ·x̃, dresidual = dy. Saved are x̃, once for all layers that share it, and w̃, both
/// in float32; products are those of `linear` in both directions.
/// - Parameters:
///   - input: x̃ and λ, [..., inputFeatures].
///   - weight: w, [outputFeatures, inputFeatures].
///   - quantized: the codes and γ of `weight`, Q(w) = codes·γ; not asked for where λ is 0.
///   - residual: [..., outputFeatures], added to the product; nil: nothing.
/// - Returns: [..., outputFeatures].
public func partlyQuantizedLinear(
  _ input: PartlyQuantizedActivations, weight: Tensor, quantized: @autoclosure () -> QuantizedWeight,
  residual: Tensor? = nil
) -> Tensor {
  let product = linear(
    input.values, weight: input.strength > 0 ? partlyQuantized(weight, quantized(), input.strength) : weight)
  return residual.map { $0 + product } ?? product
}

private func partlyQuantized(_ weight: Tensor, _ quantized: QuantizedWeight, _ strength: Float) -> Tensor {
  require(
    weight.shape == quantized.shape, "a weight of shape \(weight.shape) was quantised as \(quantized.shape)")
  return blended(weight.float32.contiguous, strength: strength) { quantized.matrix.dequantize(into: $0) }
}

/// t + λ·(Q(t) − t), rounded after each operation, so that all instruction sets have the same bits.
/// - Parameter quantize: writes Q(t).
private func blended(_ tensor: Tensor, strength: Float, quantize: (UnsafeMutablePointer<Float>) -> Void) -> Tensor {
  let result = Tensor(uninitialized: tensor.shape)
  let (source, destination) = (tensor.floats, result.floats)
  quantize(destination)
  ThreadPool.current.forEachRange(
    of: tensor.shape.count, multipleOf: 16, minimumPerThread: Elementwise.grain
  ) { range in
    for index in range {
      destination[index] = source[index] + strength * (destination[index] - source[index])
    }
  }
  return result.recorded(from: tensor, by: StraightThroughBackward())
}

/// dt = dy. Saves nothing.
private struct StraightThroughBackward: BackwardOperation {
  func backward(_ outputGradient: Tensor, into inputs: GradientSink) { inputs.add(outputGradient, to: 0) }
}
