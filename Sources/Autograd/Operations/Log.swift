#if canImport(Glibc)
  import Glibc
#else
  import Darwin
#endif

extension Tensor {
  /// Elementwise natural logarithm.
  public func log() -> Tensor {
    mapped { logf($0) }.recorded(from: self, by: LogBackward(operand: detached))
  }
}

/// y = ln x: dx = dy/x. Saves x.
private struct LogBackward: BackwardOperation {
  let operand: Tensor

  func backward(_ outputGradient: Tensor, into inputs: GradientSink) {
    inputs.add(outputGradient / operand, to: 0)
  }
}
