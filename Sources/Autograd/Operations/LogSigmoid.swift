#if canImport(Glibc)
  import Glibc
#else
  import Darwin
#endif

extension Tensor {
  /// Elementwise log σ(x) = −log(1 + e⁻ˣ), without overflow.
  public func logSigmoid() -> Tensor {
    let result = mapped { min($0, 0) - log1pf(expf(-abs($0))) }
    return result.recorded(from: self, by: LogSigmoidBackward(input: detached))
  }
}

/// y = log σ(x): dx = dy·σ(−x). Saves x.
private struct LogSigmoidBackward: BackwardOperation {
  let input: Tensor

  func backward(_ outputGradient: Tensor, into inputs: GradientSink) {
    inputs.add(broadcastMap(outputGradient, input) { $0 * logistic(-$1) }, to: 0)
  }
}
