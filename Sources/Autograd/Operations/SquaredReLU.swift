extension Tensor {
  /// Elementwise max(x, 0)² (arXiv 2109.08668).
  public func squaredReLU() -> Tensor {
    mapped { $0 < 0 ? 0 : $0 * $0 }.recorded(from: self, by: SquaredReLUBackward(operand: detached))
  }
}

/// y = max(x, 0)²: dx = 2·dy·max(x, 0). Saves x.
private struct SquaredReLUBackward: BackwardOperation {
  let operand: Tensor

  func backward(_ outputGradient: Tensor, into inputs: GradientSink) {
    inputs.add(broadcastMap(outputGradient, operand) { $1 > 0 ? 2 * $0 * $1 : 0 }, to: 0)
  }
}
