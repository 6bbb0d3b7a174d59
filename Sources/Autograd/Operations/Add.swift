extension Tensor {
  /// Elementwise sum, with broadcasting.
  public static func + (left: Tensor, right: Tensor) -> Tensor {
    broadcastMap(left, right) { $0 + $1 }.recorded(from: left, right, by: AddBackward())
  }

  public static func += (left: inout Tensor, right: Tensor) { left = left + right }
}

/// y = a + b: da = db = dy. Saves nothing.
private struct AddBackward: BackwardOperation {
  func backward(_ outputGradient: Tensor, into inputs: GradientSink) {
    inputs.add(outputGradient, to: 0)
    inputs.add(outputGradient, to: 1)
  }
}
