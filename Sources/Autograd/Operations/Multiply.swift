import Kernels

extension Tensor {
  /// Elementwise product, with broadcasting.
  public static func * (left: Tensor, right: Tensor) -> Tensor {
    broadcastMap(left, right) { $0 * $1 }.recorded(from: left, right, by: MultiplyBackward(left: left, right: right))
  }

  public static func *= (left: inout Tensor, right: Tensor) { left = left * right }
}

/// y = a·b: da = dy·b, db = dy·a. Saves both operands.
private struct MultiplyBackward: BackwardOperation {
  let left: Tensor
  let right: Tensor

  init(left: Tensor, right: Tensor) {
    self.left = left.detached
    self.right = right.detached
  }

  func backward(_ outputGradient: Tensor, into inputs: GradientSink) {
    if inputs.wants(0) { inputs.add(outputGradient * right, to: 0) }
    if inputs.wants(1) { inputs.add(outputGradient * left, to: 1) }
  }
}
