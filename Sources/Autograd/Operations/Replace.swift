import Kernels

extension Tensor {
  /// `other` where `condition` is not 0, this tensor elsewhere; all three broadcast.
  ///
  /// NumPy's and PyTorch's `where(condition, other, self)`.
  public func replacing(with other: Tensor, where condition: Tensor) -> Tensor {
    let target = shape.broadcast(with: other.shape).broadcast(with: condition.shape)
    let kept = detached.float32.broadcast(to: target).contiguous
    let replacement = other.detached.float32.broadcast(to: target).contiguous
    let mask = condition.detached.float32.broadcast(to: target).contiguous
    let result = Tensor(uninitialized: target)
    let (source0, source1, choice, destination) = (kept.floats, replacement.floats, mask.floats, result.floats)
    ThreadPool.current.forEachRange(of: target.count, multipleOf: 16, minimumPerThread: Elementwise.grain) { range in
      for index in range { destination[index] = choice[index] != 0 ? source1[index] : source0[index] }
    }
    return result.recorded(from: self, other, by: ReplaceBackward(condition: condition.detached))
  }

  /// `value` where `condition` is not 0, this tensor elsewhere.
  public func replacing(with value: Float, where condition: Tensor) -> Tensor {
    replacing(with: Tensor(value), where: condition)
  }
}

/// y = c ? b : a: da = dy where c is 0, db = dy where it is not. Saves c.
private struct ReplaceBackward: BackwardOperation {
  let condition: Tensor

  func backward(_ outputGradient: Tensor, into inputs: GradientSink) {
    if inputs.wants(0) { inputs.add(broadcastMap(outputGradient, condition) { $1 != 0 ? 0 : $0 }, to: 0) }
    if inputs.wants(1) { inputs.add(broadcastMap(outputGradient, condition) { $1 != 0 ? $0 : 0 }, to: 1) }
  }
}
