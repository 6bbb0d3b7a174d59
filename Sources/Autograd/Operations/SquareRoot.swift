extension Tensor {
  /// Elementwise square root.
  public func squareRoot() -> Tensor {
    let result = mapped { $0.squareRoot() }
    return result.recorded(from: self, by: SquareRootBackward(result: result))
  }
}

/// y = √x: dx = dy/(2y). Saves y.
private struct SquareRootBackward: BackwardOperation {
  let result: Tensor

  func backward(_ outputGradient: Tensor, into inputs: GradientSink) {
    inputs.add(broadcastMap(outputGradient, result) { $0 / (2 * $1) }, to: 0)
  }
}
