import Kernels

extension Tensor {
  /// The sum over `axes`, over all of them when none is given.
  ///
  /// - Parameter keepingDimensions: leaves the summed axes in the shape, with extent 1.
  public func sum(axes: Int..., keepingDimensions: Bool = false) -> Tensor {
    sum(axes: axes, keepingDimensions: keepingDimensions)
  }

  public func sum(axes: [Int], keepingDimensions: Bool = false) -> Tensor {
    let folded = shape.folded(axes)
    return reduced(to: folded, by: Summation.self)
      .relabelled(keepingDimensions ? folded : shape.removing(axes))
      .recorded(from: self, by: SumBackward(operandShape: shape, foldedShape: folded))
  }
}

/// y = Σ x: dx = dy, repeated along the summed axes. Saves the shape of x.
private struct SumBackward: BackwardOperation {
  let operandShape: Shape
  let foldedShape: Shape

  func backward(_ outputGradient: Tensor, into inputs: GradientSink) {
    inputs.add(outputGradient.relabelled(foldedShape).broadcast(to: operandShape), to: 0)
  }
}

extension Shape {
  /// This shape with extent 1 along `axes`; along all axes when there is none.
  func folded(_ axes: [Int]) -> Shape {
    var result = self
    for axis in axes.isEmpty ? Array(0..<rank) : axes { result[axis] = 1 }
    return result
  }

  /// This shape without `axes`; without any axis when there is none.
  func removing(_ axes: [Int]) -> Shape {
    guard !axes.isEmpty else { return [] }
    let removed = Set(axes.map(resolved))
    require(removed.count == axes.count, "an axis occurs twice in \(axes) for shape \(self)")
    return Shape((0..<rank).filter { !removed.contains($0) }.map { self[$0] })
  }
}

extension Tensor {
  /// Contiguous memory under another shape of the same count; not recorded.
  func relabelled(_ newShape: Shape) -> Tensor {
    Tensor(storage: memory, shape: newShape, offset: offset, dataType: dataType)
  }
}
