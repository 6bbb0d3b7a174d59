extension Tensor {
  /// Elementwise x·σ(x), also called swish (arXiv 1702.03118).
  public func silu() -> Tensor {
    mapped { $0 * logistic($0) }.recorded(from: self, by: SiLUBackward(operand: detached))
  }
}

/// y = x·σ(x): dx = dy·σ(x)·(1 + x·(1 − σ(x))). Saves x.
private struct SiLUBackward: BackwardOperation {
  let operand: Tensor

  func backward(_ outputGradient: Tensor, into inputs: GradientSink) {
    let gradient = broadcastMap(outputGradient, operand) { slope, x in
      let gate = logistic(x)
      return slope * gate * (1 + x * (1 - gate))
    }
    inputs.add(gradient, to: 0)
  }
}
