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
  let (length, step0, step1) = (extents[3], steps0[3], steps1[3])
  let rows = extents[0] * extents[1] * extents[2]
  ThreadPool.current.forEachRange(of: rows, minimumPerThread: max(1, Elementwise.grain / max(1, length))) { range in
    for row in range {
      let (k, ij) = (row % extents[2], row / extents[2])
      let (j, i) = (ij % extents[1], ij / extents[1])
      let from0 = source0 + (i * steps0[0] + j * steps0[1] + k * steps0[2])
      let from1 = source1 + (i * steps1[0] + j * steps1[1] + k * steps1[2])
      let to = destination + row * length
      // The steps known to the compiler are those it can vectorise.
      switch (step0, step1) {
      case (1, 1): for index in 0..<length { to[index] = function(from0[index], from1[index]) }
      case (1, 0): for index in 0..<length { to[index] = function(from0[index], from1[0]) }
      case (0, 1): for index in 0..<length { to[index] = function(from0[0], from1[index]) }
      default: for index in 0..<length { to[index] = function(from0[index * step0], from1[index * step1]) }
      }
    }
  }
  return result
}

extension Tensor {
  /// Applies a function to every element; not recorded.
  @inline(__always)
  package func mapped(_ transform: (Float) -> Float) -> Tensor {
    let source = detached.float32.contiguous
    let result = Tensor(uninitialized: shape)
    Elementwise.map(source.floats, result.floats, count: shape.count, transform)
    return result
  }

  /// The sum over the axes along which `target` was broadcast to this shape; not recorded.
  package func summed(to target: Shape) -> Tensor {
    guard target != shape else { return self }
    require(target.broadcast(with: shape) == shape, "shape \(target) does not broadcast to \(shape)")
    return reduced(to: target, by: Summation.self)
  }
}
