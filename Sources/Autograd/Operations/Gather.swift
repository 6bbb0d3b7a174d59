import Kernels

extension Tensor {
  /// Picks elements along `axis`: y[…, i, …] = x[…, index[…, i, …], …].
  ///
  /// - Parameter indices: row-major, of the shape of this tensor but for `axis`, whose extent follows from their
  ///   number. One index per row, as for the log-probabilities of given tokens, gives extent 1; so does no
  ///   index where there are no rows.
  public func gather(_ indices: [Int32], axis: Int = -1) -> Tensor {
    let plan = GatheredElements(shape: shape, axis: axis, indices: indices)
    let source = detached.float32.contiguous
    let result = Tensor(uninitialized: plan.resultShape)
    for position in 0..<indices.count { result.floats[position] = source.floats[plan.sourceOffset(position)] }
    return result.recorded(from: self, by: GatherBackward(plan: plan))
  }
}

/// Where gathered elements lie in a dense tensor.
private struct GatheredElements {
  let indices: [Int32]
  let resultShape: Shape
  private let inner: Int
  private let extent: Int
  private let picked: Int

  init(shape: Shape, axis: Int, indices: [Int32]) {
    let axis = shape.resolved(axis)
    let lines = shape.folded([axis]).count
    require(
      indices.count.isMultiple(of: lines),
      "\(indices.count) indices do not fit axis \(axis) of shape \(shape)")
    for index in indices where index < 0 || Int(index) >= shape[axis] {
      fatalError("index \(index) is outside of axis \(axis) of shape \(shape)")
    }
    var resultShape = shape
    resultShape[axis] = lines == 0 ? 1 : indices.count / lines
    inner = shape.array[(axis + 1)...].reduce(1, *)
    extent = shape[axis]
    picked = resultShape[axis]
    self.resultShape = resultShape
    self.indices = indices
  }

  func sourceOffset(_ position: Int) -> Int {
    let outer = position / (picked * inner)
    return (outer * extent + Int(indices[position])) * inner + position % inner
  }
}

/// y = x[index]: dx[index] += dy. Saves the indices.
private struct GatherBackward: BackwardOperation {
  let plan: GatheredElements

  func backward(_ outputGradient: Tensor, into inputs: GradientSink) {
    inputs.accumulateZeroed(to: 0) { destination in
      for position in 0..<plan.indices.count {
        destination[plan.sourceOffset(position)] += outputGradient.floats[position]
      }
    }
  }
}
