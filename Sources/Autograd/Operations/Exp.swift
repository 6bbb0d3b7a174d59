#if canImport(Glibc)
  import Glibc
#else
  import Darwin
#endif

extension Tensor {
  /// Elementwise eˣ.
  public func exp() -> Tensor {
    let result = mapped { expf($0) }
    return result.recorded(from: self, by: ExpBackward(result: result))
  }
}

/// y = eˣ: dx = dy·y. Saves y.
private struct ExpBackward: BackwardOperation {
  let result: Tensor

  func backward(_ outputGradient: Tensor, into inputs: GradientSink) {
    inputs.add(outputGradient * result, to: 0)
  }
}
