extension Tensor {
  /// Elementwise |x|.
  public func absoluteValue() -> Tensor {
    mapped { abs($0) }.recorded(from: self, by: AbsoluteValueBackward(operand: detached))
  }
}

/// y = |x|: dx = dy·sign x, 0 at 0. Saves x.
private struct AbsoluteValueBackward: BackwardOperation {
  let operand: Tensor

  func backward(_ outputGradient: Tensor, into inputs: GradientSink) {
    inputs.add(broadcastMap(outputGradient, operand) { $1 > 0 ? $0 : $1 < 0 ? -$0 : 0 }, to: 0)
  }
}
