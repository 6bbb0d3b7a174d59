import Kernels

/// Applies a binary function elementwise with NumPy's broadcasting; not recorded.
@inline(__always)
package func broadcastMap(_ left: Tensor, _ right: Tensor, _ function: (Float, Float) -> Float) -> Tensor {
  let (a, b) = (left.detached.float32, right.detached.float32)
  let shape = a.shape.broadcast(with: b.shape)
  let result = Tensor(uninitialized: shape)
  let (source0, source1, destination) = (a.floats, b.floats, result.floats)
  if a.shape == b.shape && a.isContiguous && b.isContiguous {
    ThreadPool.current.forEachRange(of: shape.count, multipleOf: 16, minimumPerThread: Elementwise.grain) { range in
      for index in range { destination[index] = function(source0[index], source1[index]) }
    }
    return result
  }
  let extents = shape.paddedToFour
  let (steps0, steps1) = (a.paddedStrides, b.paddedStrides)
  let rows = extents[0] * extents[1] * extents[2]
  ThreadPool.current.forEachRange(of: rows, minimumPerThread: max(1, Elementwise.grain / max(1, extents[3]))) { range in
    for row in range {
      let (k, ij) = (row % extents[2], row / extents[2])
      let (j, i) = (ij % extents[1], ij / extents[1])
      let from0 = source0 + (i * steps0[0] + j * steps0[1] + k * steps0[2])
      let from1 = source1 + (i * steps1[0] + j * steps1[1] + k * steps1[2])
      let to = destination + row * extents[3]
      for index in 0..<extents[3] { to[index] = function(from0[index * steps0[3]], from1[index * steps1[3]]) }
    }
  }
  return result
}

extension Tensor {
  /// The sum over the axes along which `target` was broadcast to this shape; not recorded.
  package func summed(to target: Shape) -> Tensor {
    guard target != shape else { return self }
    precondition(target.broadcast(with: shape) == shape, "shape \(target) does not broadcast to \(shape)")
    let result = Tensor.zeros(target)
    let (extents, steps) = (shape.paddedToFour, paddedStrides)
    let resultSteps = result.paddedStrides
    for i in 0..<extents[0] {
      for j in 0..<extents[1] {
        for k in 0..<extents[2] {
          let from = floats + (i * steps[0] + j * steps[1] + k * steps[2])
          let to = result.floats + (i * resultSteps[0] + j * resultSteps[1] + k * resultSteps[2])
          for index in 0..<extents[3] { to[index * resultSteps[3]] += from[index * steps[3]] }
        }
      }
    }
    return result
  }
}
