extension Tensor {
  /// Every element moved into `limits`; a NaN stays.
  public func clamped(to limits: ClosedRange<Float>) -> Tensor {
    let (lower, upper) = (limits.lowerBound, limits.upperBound)
    return mapped { $0 < lower ? lower : $0 > upper ? upper : $0 }
      .recorded(from: self, by: ClampBackward(operand: detached, limits: limits))
  }
}

/// y = min(max(x, a), b): dx = dy where a ≤ x ≤ b, else 0. Saves x.
private struct ClampBackward: BackwardOperation {
  let operand: Tensor
  let limits: ClosedRange<Float>

  func backward(_ outputGradient: Tensor, into inputs: GradientSink) {
    let (lower, upper) = (limits.lowerBound, limits.upperBound)
    inputs.add(broadcastMap(outputGradient, operand) { $1 >= lower && $1 <= upper ? $0 : 0 }, to: 0)
  }
}
