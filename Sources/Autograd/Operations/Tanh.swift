#if canImport(Glibc)
  import Glibc
#else
  import Darwin
#endif

extension Tensor {
  /// Elementwise hyperbolic tangent.
  public func tanh() -> Tensor {
    let result = mapped { tanhf($0) }
    return result.recorded(from: self, by: TanhBackward(result: result))
  }
}

/// y = tanh x: dx = dy·(1 − y²). Saves y.
private struct TanhBackward: BackwardOperation {
  let result: Tensor

  func backward(_ outputGradient: Tensor, into inputs: GradientSink) {
    inputs.add(broadcastMap(outputGradient, result) { $0 * (1 - $1 * $1) }, to: 0)
  }
}
