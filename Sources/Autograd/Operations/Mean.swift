import Kernels

extension Tensor {
  /// The arithmetic mean over `axes`, over all of them when none is given.
  ///
  /// - Parameter keepingDimensions: leaves the averaged axes in the shape, with extent 1.
  public func mean(axes: Int..., keepingDimensions: Bool = false) -> Tensor {
    mean(axes: axes, keepingDimensions: keepingDimensions)
  }

  public func mean(axes: [Int], keepingDimensions: Bool = false) -> Tensor {
    let folded = shape.folded(axes)
    require(shape.count > 0 || folded.count == 0, "the mean of no elements: axes \(axes) of shape \(shape)")
    return sum(axes: axes, keepingDimensions: keepingDimensions) / Float(shape.count / max(1, folded.count))
  }
}
