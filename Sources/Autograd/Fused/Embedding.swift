import Kernels

/// Rows of a table, looked up by index.
///
/// - Parameters:
///   - table: [vocabulary, width], float32 or bfloat16; only the rows looked up are widened.
///   - indices: each below `vocabulary`.
/// - Returns: float32 [indices.count, width].
public func embedding(_ table: Tensor, indices: [Int32]) -> Tensor {
  require(table.shape.rank == 2, "an embedding table has rank 2, got shape \(table.shape)")
  let (vocabulary, width) = (table.shape[0], table.shape[1])
  require(
    indices.allSatisfy { $0 >= 0 && $0 < vocabulary }, "an index is outside of a table of shape \(table.shape)")
  let source = table.contiguous
  let result = Tensor(uninitialized: [indices.count, width])
  for (row, index) in indices.enumerated() {
    let destination = result.floats + row * width
    switch source.dataType {
    case .float32: destination.update(from: source.floats + Int(index) * width, count: width)
    case .bfloat16:
      let from = source.bfloats + Int(index) * width
      for column in 0..<width { destination[column] = from[column].floatValue }
    }
  }
  return result.recorded(from: source, by: EmbeddingBackward(indices: indices))
}

/// dtable[index] += dy[row] for every row, in order of the rows. Saves the indices.
private struct EmbeddingBackward: BackwardOperation {
  let indices: [Int32]

  func backward(_ outputGradient: Tensor, into inputs: GradientSink) {
    let width = outputGradient.shape[1]
    inputs.accumulate(to: 0) { destination, isFirst in
      // Threads share the columns, so that every sum runs in the order of the rows.
      ThreadPool.current.forEachRange(
        of: width, multipleOf: 16, minimumPerThread: max(1, Elementwise.grain / max(1, indices.count))
      ) { columns in
        if isFirst { clear(destination, columns, width: width, rows: inputs.shape(of: 0)?[0] ?? 0) }
        for (row, index) in indices.enumerated() {
          let (from, to) = (outputGradient.floats + row * width, destination + Int(index) * width)
          for column in columns { to[column] += from[column] }
        }
      }
    }
  }

  private func clear(_ destination: UnsafeMutablePointer<Float>, _ columns: Range<Int>, width: Int, rows: Int) {
    for row in 0..<rows { (destination + row * width + columns.lowerBound).update(repeating: 0, count: columns.count) }
  }
}
