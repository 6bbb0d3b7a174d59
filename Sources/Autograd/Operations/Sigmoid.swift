#if canImport(Glibc)
  import Glibc
#else
  import Darwin
#endif

extension Tensor {
  /// Elementwise logistic function 1/(1 + e⁻ˣ).
  public func sigmoid() -> Tensor {
    let result = mapped(logistic)
    return result.recorded(from: self, by: SigmoidBackward(result: result))
  }
}

/// 1/(1 + e⁻ˣ); for very negative x, e⁻ˣ overflows to infinity and the result is 0 as it should.
@inline(__always)
func logistic(_ x: Float) -> Float { 1 / (1 + expf(-x)) }

/// y = σ(x): dx = dy·y·(1 − y). Saves y.
private struct SigmoidBackward: BackwardOperation {
  let result: Tensor

  func backward(_ outputGradient: Tensor, into inputs: GradientSink) {
    inputs.add(broadcastMap(outputGradient, result) { $0 * $1 * (1 - $1) }, to: 0)
  }
}
