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
  let rows = x.shape.count / width
  let result = Tensor(uninitialized: x.shape)
  let reciprocals = Tensor(uninitialized: [rows])
  RMSNormKernel.forward(
    x.floats, gain: g.floats, epsilon: epsilon, rows: rows, columns: width, output: result.floats,
    reciprocals: reciprocals.floats)
  return result.recorded(
    from: x, g, by: RMSNormBackward(input: x.detached, gain: g.detached, reciprocals: reciprocals))
}

/// With r = 1 / √(mean(x²) + ε): dx = r·(gain·dy − x·r²·mean(gain·dy·x)), dgain = Σ_rows dy·x·r.
/// Saves x, gain and r of each row.
private struct RMSNormBackward: BackwardOperation {
  let input: Tensor
  let gain: Tensor
  let reciprocals: Tensor

  func backward(_ outputGradient: Tensor, into inputs: GradientSink) {
    let columns = input.shape[-1]
    let rows = input.shape.count / columns
    inputs.accumulate(to: 0) { destination, isFirst in
      RMSNormKernel.backward(
        input.floats, gain: gain.floats, reciprocals: reciprocals.floats, outputGradient: outputGradient.floats,
        rows: rows, columns: columns, inputGradient: destination, adds: !isFirst)
    }
    inputs.accumulate(to: 1) { destination, isFirst in
      RMSNormKernel.backwardGain(
        input.floats, reciprocals: reciprocals.floats, outputGradient: outputGradient.floats, rows: rows,
        columns: columns, gainGradient: destination, adds: !isFirst)
    }
  }
}
