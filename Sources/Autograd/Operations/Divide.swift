extension Tensor {
  /// Elementwise quotient, with broadcasting.
  public static func / (left: Tensor, right: Tensor) -> Tensor {
    let quotient = broadcastMap(left, right) { $0 / $1 }
    return quotient.recorded(from: left, right, by: DivideBackward(right: right.detached, quotient: quotient))
  }

  public static func /= (left: inout Tensor, right: Tensor) { left = left / right }
}

/// y = a/b: da = dy/b, db = −dy·y/b. Saves b and y.
private struct DivideBackward: BackwardOperation {
  let right: Tensor
  let quotient: Tensor

  func backward(_ outputGradient: Tensor, into inputs: GradientSink) {
    let leftGradient = outputGradient / right
    if inputs.wants(1) { inputs.add(broadcastMap(leftGradient, quotient) { -$0 * $1 }, to: 1) }
    inputs.add(leftGradient, to: 0)
  }
}
