import Kernels

extension Tensor {
  /// Sets each element to 0 with the given probability and divides the others by 1 − probability (inverted dropout,
  /// JMLR 15, 2014), so that the expected value stays.
  ///
  /// The mask is a pure function of the stream's seed and position. The stream moves on by the number of elements,
  /// rounded up to whole blocks, so that the next call draws another mask.
  /// - Parameter probability: in 0..<1, rounded to multiples of 2⁻¹⁶; 0 returns this tensor and draws nothing.
  public func dropout(probability: Float, using stream: inout RandomStream) -> Tensor {
    guard probability != 0 else { return self }
    let mask = DropoutMask(probability: probability, stream: &stream, count: shape.count)
    return mask(detached.float32.contiguous).recorded(from: self, by: DropoutBackward(mask: mask))
  }
}

/// y = x·mask/(1 − p): dx = dy·mask/(1 − p). Saves where the mask begins in its stream and computes it again.
private struct DropoutBackward: BackwardOperation {
  let mask: DropoutMask

  func backward(_ outputGradient: Tensor, into inputs: GradientSink) {
    inputs.add(mask(outputGradient), to: 0)
  }
}

extension DropoutMask {
  fileprivate func callAsFunction(_ tensor: Tensor) -> Tensor {
    let result = Tensor(uninitialized: tensor.shape)
    apply(to: tensor.floats, into: result.floats)
    return result
  }
}
