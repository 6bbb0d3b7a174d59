import Kernels

extension Tensor {
  /// The largest element along `axes`, of all when no axis is given; NaN if there is one.
  ///
  /// - Parameter keepingDimensions: leaves the folded axes in the shape, with extent 1.
  public func maximum(axes: Int..., keepingDimensions: Bool = false) -> Tensor {
    maximum(axes: axes, keepingDimensions: keepingDimensions)
  }

  public func maximum(axes: [Int], keepingDimensions: Bool = false) -> Tensor {
    let folded = shape.folded(axes)
    require(shape.count > 0 || folded.count == 0, "the maximum of no elements: axes \(axes) of shape \(shape)")
    let result = reduced(to: folded, by: Maximum.self)
    return result.relabelled(keepingDimensions ? folded : shape.removing(axes))
      .recorded(from: self, by: MaximumBackward(operand: detached, result: result))
  }
}

/// y = max x: dy goes to the elements that equal y, in equal parts. Saves x and y.
private struct MaximumBackward: BackwardOperation {
  let operand: Tensor
  let result: Tensor

  func backward(_ outputGradient: Tensor, into inputs: GradientSink) {
    let isLargest = broadcastMap(operand, result) { $0 == $1 ? 1 : 0 }
    let share = outputGradient.relabelled(result.shape) / isLargest.summed(to: result.shape)
    inputs.add(isLargest * share, to: 0)
  }
}
