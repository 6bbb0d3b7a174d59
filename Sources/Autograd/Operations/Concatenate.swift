import Kernels

extension Tensor {
  /// The tensors one after another along `axis`; the other extents must agree.
  public static func concatenate(_ tensors: [Tensor], axis: Int = 0) -> Tensor {
    require(!tensors.isEmpty, "concatenate needs at least one tensor")
    var shape = tensors[0].shape
    let axis = shape.resolved(axis)
    for tensor in tensors[1...] {
      var expected = tensor.shape
      expected[axis] = tensors[0].shape[axis]
      require(
        expected == tensors[0].shape,
        "shape \(tensor.shape) does not join shape \(tensors[0].shape) along axis \(axis)")
      shape[axis] += tensor.shape[axis]
    }
    let result = Tensor(uninitialized: shape)
    let inner = shape.array[(axis + 1)...].reduce(1, *)
    let outer = shape.array[..<axis].reduce(1, *)
    var start = 0
    for tensor in tensors {
      let source = tensor.detached.float32.contiguous
      let width = tensor.shape[axis] * inner
      for index in 0..<outer {
        let to = result.floats + (index * shape[axis] * inner + start)
        to.update(from: source.floats + index * width, count: width)
      }
      start += width
    }
    let operation = ConcatenateBackward(axis: axis, extents: tensors.map { $0.shape[axis] })
    return result.recorded(from: tensors, by: operation)
  }
}

/// y = [x₀, x₁, …]: each dxᵢ is its slice of dy. Saves the extents.
private struct ConcatenateBackward: BackwardOperation {
  let axis: Int
  let extents: [Int]

  func backward(_ outputGradient: Tensor, into inputs: GradientSink) {
    var start = 0
    for (input, extent) in extents.enumerated() {
      if inputs.wants(input) { inputs.add(outputGradient.slice(start..<start + extent, axis: axis), to: input) }
      start += extent
    }
  }
}
