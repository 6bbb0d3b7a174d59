import Kernels

/// Activations quantised to 8 bits per row, ready for any number of `bitLinear` layers that share them.
///
/// The gradients of those layers flow to the unquantised tensor as if quantisation were the identity
/// (straight-through estimator, arXiv 1308.3432).
public struct QuantizedActivations {
  let codes: QuantizedRows
  /// The unquantised tensor, or just its shape and graph position.
  let source: Tensor
  public let shape: Shape

  /// The unquantised tensor, if it was to be kept.
  package var values: Tensor? { source.hasValues ? source : nil }

  /// - Parameter input: [..., features]; one scale per row.
  public init(_ input: Tensor) {
    let x = input.float32.contiguous
    let width = x.shape[-1]
    self.init(
      codes: QuantizedRows(x.floats, rows: x.shape.rowCount, columns: width),
      source: Tensor(graphPositionOf: x))
  }

  init(codes: QuantizedRows, source: Tensor) {
    (self.codes, self.source, shape) = (codes, source, source.shape)
  }
}

/// A weight matrix quantised for `bitLinear`, to be made once per change of the weights.
public struct QuantizedWeight {
  private enum Form {
    case ready(TernaryMatrix)
    /// A fifth to a quarter of the memory; unpacked for every product.
    case packed(PackedMatrix)
  }

  private let form: Form

  /// The codes as products take them.
  package var matrix: TernaryMatrix {
    switch form {
    case .ready(let matrix): matrix
    case .packed(let packed): TernaryMatrix(unpacking: packed)
    }
  }

  /// Codes that are known.
  package init(_ matrix: TernaryMatrix) { form = .ready(matrix) }

  package init(_ packed: PackedMatrix) { form = .packed(packed) }

  /// - Parameter weight: [outputFeatures, inputFeatures].
  public init(_ weight: Tensor, configuration: BitLinearConfiguration) {
    require(weight.shape.rank == 2, "a weight matrix has rank 2, got shape \(weight.shape)")
    let w = weight.detached.float32.contiguous
    form = .ready(
      TernaryMatrix(quantizing: w.floats, rows: w.shape[0], columns: w.shape[1], configuration: configuration))
  }

  public var shape: Shape {
    switch form {
    case .ready(let matrix): [matrix.rows, matrix.columns]
    case .packed(let packed): [packed.rows, packed.columns]
    }
  }
}

/// The quantised linear layer of BitNet (arXiv 2310.11453, 2402.17764): y = (Σ q·code)·(γ / s), an exact integer
/// product.
///
/// - Parameters:
///   - input: codes q and scales s of [..., inputFeatures].
///   - weight: [outputFeatures, inputFeatures]: receives the gradient; its values are not read. nil: codes alone.
///   - quantized: the codes and γ of `weight`.
///   - residual: [..., outputFeatures], added to the product on its way to memory; nil: nothing.
/// - Returns: [..., outputFeatures].
public func bitLinear(
  _ input: QuantizedActivations, weight: Tensor?, quantized: QuantizedWeight, residual: Tensor? = nil
) -> Tensor {
  require(
    weight == nil || weight?.shape == quantized.shape,
    "a weight of shape \(weight?.shape ?? []) was quantised as \(quantized.shape)")
  let (_, shape) = LinearShape.check(input.shape, quantized.shape)
  let residual = residual?.float32.contiguous
  require(
    residual == nil || residual?.shape == shape,
    "a residual of shape \(residual?.shape ?? []) for an output of shape \(shape)")
  let result = Tensor(uninitialized: shape)
  quantized.matrix.multiply(input.codes, adding: residual?.floats, into: result.floats)
  let operands = [input.source] + [weight, residual].compactMap { $0 }
  return result.recorded(
    from: operands,
    by: BitLinearBackward(
      activations: input.codes, quantized: quantized, weightIndex: weight == nil ? nil : 1,
      residualIndex: residual == nil ? nil : operands.count - 1))
}

/// Straight-through: dx = dy·(codes·γ), dW = dyᵀ·(q/s), dresidual = dy. Saves the 8-bit activations and the codes.
private struct BitLinearBackward: BackwardOperation {
  let activations: QuantizedRows
  let quantized: QuantizedWeight
  let weightIndex: Int?
  let residualIndex: Int?

  private var isEmpty: Bool { activations.rows * quantized.shape.count == 0 }

  func backward(_ outputGradient: Tensor, into inputs: GradientSink) {
    if let residualIndex { inputs.add(outputGradient, to: residualIndex) }
    let wantsWeight = weightIndex.map(inputs.wants) ?? false
    guard inputs.wants(0) || wantsWeight else { return }
    let matrix = quantized.matrix
    switch BackwardPrecision.current {
    case .bfloat16 where BFloat16Product.isAvailable && !isEmpty:
      multiplyInBFloat16(outputGradient, matrix, into: inputs)
    default: multiplyInFloat32(outputGradient, matrix, into: inputs)
    }
  }

  private func multiplyInBFloat16(_ outputGradient: Tensor, _ matrix: TernaryMatrix, into inputs: GradientSink) {
    let product = BFloat16Product(outputGradient: outputGradient.floats, activations: activations, matrix: matrix)
    inputs.lend(0) { inputGradient in
      guard let weightIndex else { return product.multiply(into: inputGradient, and: nil) }
      inputs.lend(weightIndex) { product.multiply(into: inputGradient, and: $0) }
    }
  }

  private func multiplyInFloat32(_ outputGradient: Tensor, _ matrix: TernaryMatrix, into inputs: GradientSink) {
    let shape: Shape = [matrix.rows, matrix.columns]
    if inputs.wants(0) {
      let dense = Tensor(uninitialized: shape)
      matrix.dequantize(into: dense.floats)
      LinearGradients.input(outputGradient, weight: dense.floats, shape: shape, into: inputs, at: 0)
    }
    if let weightIndex, inputs.wants(weightIndex) {
      let dense = Tensor(uninitialized: [activations.rows, activations.columns])
      activations.dequantize(into: dense.floats)
      LinearGradients.weight(outputGradient, input: dense.floats, shape: shape, into: inputs, at: weightIndex)
    }
  }
}
