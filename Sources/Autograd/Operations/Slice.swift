import Kernels

extension Tensor {
  /// A view of the elements whose index along `axis` lies in `range`.
  public func slice(_ range: Range<Int>, axis: Int = 0) -> Tensor {
    require(
      range.lowerBound >= 0 && range.upperBound <= shape[axis],
      "range \(range) is outside of axis \(axis) of shape \(shape)")
    var extents = shape
    extents[axis] = range.count
    let shift = range.lowerBound * strides[axis]
    return Tensor(storage: memory, shape: extents, strides: strides, offset: offset + shift, dataType: dataType)
      .recorded(from: self, by: SliceBackward(shift: range.lowerBound, axis: axis, operandShape: shape))
  }

  /// A view of a box: one range per axis, `0...` for a whole axis; axes without a range are whole.
  ///
  /// `x[2..<5, 0..., ..<3]` of a tensor of shape [8, 4, 6] has shape [3, 4, 3].
  public subscript(ranges: any RangeExpression<Int>...) -> Tensor {
    require(ranges.count <= shape.rank, "\(ranges.count) ranges for shape \(shape)")
    var result = self
    for (axis, expression) in ranges.enumerated() {
      let range = expression.relative(to: 0..<shape[axis])
      if range != 0..<shape[axis] { result = result.slice(range, axis: axis) }
    }
    return result
  }
}

/// y = x[…, i + shift, …]: dx is dy inside of the slice and 0 elsewhere. Saves the shape of x.
private struct SliceBackward: BackwardOperation {
  let shift: Int
  let axis: Int
  let operandShape: Shape

  func backward(_ outputGradient: Tensor, into inputs: GradientSink) {
    let axis = operandShape.resolved(axis)
    let inner = operandShape.array[(axis + 1)...].reduce(1, *)
    let outer = operandShape.array[..<axis].reduce(1, *)
    let (width, stride) = (outputGradient.shape[axis] * inner, operandShape[axis] * inner)
    inputs.accumulateZeroed(to: 0) { destination in
      for index in 0..<outer {
        let to = destination + (index * stride + shift * inner)
        Elementwise.addInPlace(to, outputGradient.floats + index * width, count: width)
      }
    }
  }
}
