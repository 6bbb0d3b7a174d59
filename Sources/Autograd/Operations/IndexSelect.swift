import Kernels

extension Tensor {
  /// The slices at `indices` along `axis`, in that order; an index may occur many times.
  ///
  /// With axis 0 of a matrix this is a table lookup: [rows, width] → [indices.count, width].
  public func indexSelect(_ indices: [Int32], axis: Int = 0) -> Tensor {
    let source = detached.float32.contiguous
    let plan = IndexedSlices(shape: shape, axis: axis, indices: indices)
    var resultShape = shape
    resultShape[axis] = indices.count
    let result = Tensor(uninitialized: resultShape)
    let (from, to) = (source.floats, result.floats)
    ThreadPool.current.forEachRange(
      of: plan.outer * indices.count, minimumPerThread: Elementwise.grain / max(1, plan.inner)
    ) { range in
      for position in range {
        (to + position * plan.inner).update(from: from + plan.sourceOffset(position), count: plan.inner)
      }
    }
    return result.recorded(from: self, by: IndexSelectBackward(plan: plan))
  }
}

/// Where the slices along an axis begin in a dense tensor.
private struct IndexedSlices {
  let indices: [Int32]
  /// Elements of one slice that lie together, and how many such runs there are.
  let inner: Int
  let outer: Int
  private let extent: Int

  init(shape: Shape, axis: Int, indices: [Int32]) {
    let axis = shape.resolved(axis)
    inner = shape.array[(axis + 1)...].reduce(1, *)
    outer = shape.array[..<axis].reduce(1, *)
    extent = shape[axis]
    self.indices = indices
    for index in indices where index < 0 || Int(index) >= shape[axis] {
      fatalError("index \(index) is outside of axis \(axis) of shape \(shape)")
    }
  }

  func sourceOffset(_ position: Int) -> Int {
    (position / indices.count * extent + Int(indices[position % indices.count])) * inner
  }
}

/// yᵢ = x[indexᵢ]: dx[indexᵢ] += dyᵢ. Saves the indices.
private struct IndexSelectBackward: BackwardOperation {
  let plan: IndexedSlices

  func backward(_ outputGradient: Tensor, into inputs: GradientSink) {
    let positions = plan.outer * plan.indices.count
    let from = outputGradient.floats
    inputs.accumulateZeroed(to: 0) { destination in
      // An index may repeat, so threads share the columns of a slice, not the slices.
      ThreadPool.current.forEachRange(
        of: plan.inner, multipleOf: 16, minimumPerThread: Elementwise.grain / max(1, positions)
      ) { columns in
        for position in 0..<positions {
          let (row, to) = (from + position * plan.inner, destination + plan.sourceOffset(position))
          for column in columns { to[column] += row[column] }
        }
      }
    }
  }
}
