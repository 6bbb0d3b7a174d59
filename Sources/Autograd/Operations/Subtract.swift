extension Tensor {
  /// Elementwise difference, with broadcasting.
  public static func - (left: Tensor, right: Tensor) -> Tensor {
    broadcastMap(left, right) { $0 - $1 }.recorded(from: left, right, by: SubtractBackward())
  }

  public static func -= (left: inout Tensor, right: Tensor) { left = left - right }
}

/// y = a − b: da = dy, db = −dy. Saves nothing.
private struct SubtractBackward: BackwardOperation {
  func backward(_ outputGradient: Tensor, into inputs: GradientSink) {
    inputs.add(outputGradient, to: 0)
    if inputs.wants(1) { inputs.add(-outputGradient, to: 1) }
  }
}
