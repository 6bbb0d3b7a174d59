import Kernels

extension Tensor {
  /// A view that repeats this tensor along new axes in front and along axes of extent 1; nothing is copied.
  public func broadcast(to target: Shape) -> Tensor {
    guard target != shape else { return self }
    require(
      shape.rank <= target.rank && shape.broadcast(with: target) == target,
      "shape \(shape) does not broadcast to \(target)")
    let padded = paddedStrides
    let steps = (0..<target.rank).map { padded[4 - target.rank + $0] }
    // The sink sums the gradient over the repeated axes.
    return Tensor(storage: memory, shape: target, strides: Shape(steps), offset: offset, dataType: dataType)
      .recorded(from: self, by: IdentityBackward())
  }
}
