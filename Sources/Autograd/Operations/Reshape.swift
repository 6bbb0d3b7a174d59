import Kernels

extension Tensor {
  /// The same elements, in row-major order, under another shape. One extent may be −1: it follows from the others.
  ///
  /// A view when this tensor is contiguous, otherwise a copy.
  public func reshaped(to newShape: Shape) -> Tensor {
    let target = newShape.inferringExtent(count: shape.count, from: shape)
    return detached.contiguous.viewed(as: target, strides: target.contiguousStrides, recordedFrom: self)
  }

  /// A view with an axis of extent 1 put in before `axis`; −1 puts it last.
  public func insertingAxis(at axis: Int) -> Tensor {
    let position = axis < 0 ? axis + shape.rank + 1 : axis
    require((0...shape.rank).contains(position), "axis \(axis) cannot be inserted into shape \(shape)")
    var (extents, steps) = (shape.array, strides.array)
    extents.insert(1, at: position)
    steps.insert(1, at: position)
    return viewed(as: Shape(extents), strides: Shape(steps), recordedFrom: self)
  }

  /// A view without `axis`, whose extent must be 1.
  public func removingAxis(at axis: Int) -> Tensor {
    require(shape[axis] == 1, "axis \(axis) of shape \(shape) is not of extent 1")
    var (extents, steps) = (shape.array, strides.array)
    extents.remove(at: shape.resolved(axis))
    steps.remove(at: shape.resolved(axis))
    return viewed(as: Shape(extents), strides: Shape(steps), recordedFrom: self)
  }

  private func viewed(as shape: Shape, strides: Shape, recordedFrom original: Tensor) -> Tensor {
    Tensor(storage: memory, shape: shape, strides: strides, offset: offset, dataType: dataType)
      .recorded(from: original, by: ReshapeBackward(operandShape: original.shape))
  }
}

extension Shape {
  /// This shape with its −1, if any, replaced by what makes it hold `count` elements.
  fileprivate func inferringExtent(count: Int, from source: Shape) -> Shape {
    var result = self
    let unknown = (0..<rank).filter { self[$0] == -1 }
    if unknown.count == 1 {
      let known = -self.count
      result[unknown[0]] = known == 0 ? 0 : count / known
    }
    require(
      unknown.count <= 1 && result.array.allSatisfy { $0 >= 0 } && result.count == count,
      "shape \(source) does not reshape to \(self)")
    return result
  }
}

/// y = x under another shape: dx is dy under the shape of x. Saves that shape.
private struct ReshapeBackward: BackwardOperation {
  let operandShape: Shape

  func backward(_ outputGradient: Tensor, into inputs: GradientSink) {
    let gradient = Tensor(storage: outputGradient.storage, shape: operandShape, offset: outputGradient.offset)
    inputs.add(gradient, to: 0)
  }
}
