import Kernels

#if canImport(Glibc)
  import Glibc
#else
  import Darwin
#endif

extension Tensor {
  /// eˣ / Σ eˣ along `axis`.
  public func softmax(axis: Int = -1) -> Tensor {
    let last = shape.rank - 1
    guard shape.resolved(axis) == last else { return transposed(axis, last).softmax().transposed(axis, last) }
    let result = mappedRows { row, to, count in
      let largest = row.largest(of: count)
      var sum: Float = 0
      for index in 0..<count {
        to[index] = expf(row[index] - largest)
        sum += to[index]
      }
      for index in 0..<count { to[index] /= sum }
    }
    return result.recorded(from: self, by: SoftmaxBackward(result: result))
  }
}

/// y = softmax x: dx = y·(dy − Σ dy·y). Saves y.
private struct SoftmaxBackward: BackwardOperation {
  let result: Tensor

  func backward(_ outputGradient: Tensor, into inputs: GradientSink) {
    let weighted = outputGradient * result
    let sums = weighted.summed(to: result.shape.folded([-1]))
    inputs.add(broadcastMap(weighted, broadcastMap(result, sums) { $0 * $1 }) { $0 - $1 }, to: 0)
  }
}

extension Tensor {
  /// Applies a function to every row along the last axis: source, destination, length. Not recorded.
  func mappedRows(
    _ transform: (UnsafePointer<Float>, UnsafeMutablePointer<Float>, Int) -> Void
  ) -> Tensor {
    let source = detached.float32.contiguous
    let result = Tensor(uninitialized: shape)
    let length = shape[-1]
    let (from, to) = (UnsafePointer(source.floats), result.floats)
    let rows = length == 0 ? 0 : shape.count / length
    ThreadPool.current.forEachRange(of: rows, minimumPerThread: Elementwise.grain / (8 * max(1, length))) {
      for row in $0 { transform(from + row * length, to + row * length, length) }
    }
    return result
  }
}

extension UnsafePointer<Float> {
  /// The largest of `count` elements.
  func largest(of count: Int) -> Float {
    var largest = self[0]
    for index in 1..<max(1, count) where self[index] > largest { largest = self[index] }
    return largest
  }
}
