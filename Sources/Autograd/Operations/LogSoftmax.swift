#if canImport(Glibc)
  import Glibc
#else
  import Darwin
#endif

extension Tensor {
  /// x − ln Σ eˣ along `axis`.
  public func logSoftmax(axis: Int = -1) -> Tensor {
    let last = shape.rank - 1
    guard shape.resolved(axis) == last else { return transposed(axis, last).logSoftmax().transposed(axis, last) }
    let result = mappedRows { row, to, count in
      let largest = row.largest(of: count)
      var sum: Float = 0
      for index in 0..<count { sum += expf(row[index] - largest) }
      let logSum = logf(sum)
      for index in 0..<count { to[index] = row[index] - largest - logSum }
    }
    return result.recorded(from: self, by: LogSoftmaxBackward(result: result))
  }
}

/// y = ln softmax x: dx = dy − eʸ·Σ dy. Saves y.
private struct LogSoftmaxBackward: BackwardOperation {
  let result: Tensor

  func backward(_ outputGradient: Tensor, into inputs: GradientSink) {
    let sums = outputGradient.summed(to: result.shape.folded([-1]))
    inputs.add(outputGradient - broadcastMap(result, sums) { expf($0) * $1 }, to: 0)
  }
}
