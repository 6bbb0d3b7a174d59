extension Tensor {
  /// Elementwise −x.
  public static prefix func - (operand: Tensor) -> Tensor {
    operand.mapped { -$0 }.recorded(from: operand, by: NegateBackward())
  }
}

/// y = −x: dx = −dy. Saves nothing.
private struct NegateBackward: BackwardOperation {
  func backward(_ outputGradient: Tensor, into inputs: GradientSink) {
    inputs.add(-outputGradient, to: 0)
  }
}
