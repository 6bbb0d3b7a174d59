extension Tensor {
  /// Elementwise max(x, 0).
  public func relu() -> Tensor {
    let result = mapped { $0 < 0 ? 0 : $0 }
    return result.recorded(from: self, by: ReLUBackward(result: result))
  }
}

/// y = max(x, 0): dx = dy where y > 0, else 0. Saves y.
private struct ReLUBackward: BackwardOperation {
  let result: Tensor

  func backward(_ outputGradient: Tensor, into inputs: GradientSink) {
    inputs.add(broadcastMap(outputGradient, result) { $1 > 0 ? $0 : 0 }, to: 0)
  }
}
