import Kernels

/// Root mean square normalisation (arXiv 1910.07467): y = x · gain / √(mean(x²) + ε) over the last axis.
///
/// - Parameters:
///   - input: [..., width].
///   - gain: [width].
/// - Returns: the shape of `input`.
public func rmsNorm(_ input: Tensor, gain: Tensor, epsilon: Float) -> Tensor {
  let width = input.shape[-1]
  require(gain.shape == [width], "gain of shape \(gain.shape) for rows of shape \(input.shape)")
  let (x, g) = (input.float32.contiguous, gain.float32.contiguous)
  let rows = x.shape.rowCount
  let result = Tensor(uninitialized: x.shape)
  let reciprocals = Tensor(uninitialized: [rows])
  RMSNormKernel.forward(
    x.floats, gain: g.floats, epsilon: epsilon, rows: rows, columns: width, output: result.floats,
    reciprocals: reciprocals.floats)
  return result.recorded(
    from: x, g, by: RMSNormBackward(input: x.detached, gain: g.detached, reciprocals: reciprocals))
}

extension QuantizedActivations {
  /// The activations of `rmsNorm(input, gain:, epsilon:)`.
  /// - Parameter keepsValues: whether the unquantised values are wanted too; without, they are never in memory.
  public init(normalizing input: Tensor, gain: Tensor, epsilon: Float, keepsValues: Bool = false) {
    let width = input.shape[-1]
    require(gain.shape == [width], "gain of shape \(gain.shape) for rows of shape \(input.shape)")
    let (x, g) = (input.float32.contiguous, gain.float32.contiguous)
    let rows = x.shape.rowCount
    let reciprocals = Tensor(uninitialized: [rows])
    let values = keepsValues ? Tensor(uninitialized: x.shape) : Tensor(withoutValues: x.shape)
    let codes = QuantizedRows(
      normalizing: x.floats, gain: g.floats, epsilon: epsilon, rows: rows, columns: width,
      reciprocals: reciprocals.floats, values: keepsValues ? values.floats : nil)
    let normalized = values.recorded(
      from: x, g, by: RMSNormBackward(input: x.detached, gain: g.detached, reciprocals: reciprocals))
    self.init(codes: codes, source: normalized)
  }
}

/// With r = 1 / √(mean(x²) + ε): dx = r·(gain·dy − x·r²·mean(gain·dy·x)), dgain = Σ_rows dy·x·r.
/// Saves x, gain and r of each row.
private struct RMSNormBackward: BackwardOperation {
  let input: Tensor
  let gain: Tensor
  let reciprocals: Tensor

  func backward(_ outputGradient: Tensor, into inputs: GradientSink) {
    let columns = input.shape[-1]
    let gainGradient = Tensor(uninitialized: [columns])
    // A frozen gain or an input without gradient is rare: both are computed in one pass.
    let unwanted = inputs.wants(0) ? nil : Tensor(uninitialized: input.shape)
    func run(_ destination: UnsafeMutablePointer<Float>, adds: Bool) {
      RMSNormKernel.backward(
        input.floats, gain: gain.floats, reciprocals: reciprocals.floats, outputGradient: outputGradient.floats,
        rows: input.shape.rowCount, columns: columns, inputGradient: destination, adds: adds,
        gainGradient: gainGradient.floats)
    }
    if let unwanted { run(unwanted.floats, adds: false) }
    inputs.accumulate(to: 0) { run($0, adds: !$1) }
    inputs.add(gainGradient, to: 1)
  }
}
