import Kernels
import Testing

/// Rows of several sequences attend as they do alone.
@Suite struct AttentionBatchTests {
  @Test func sequencesOfABatchHaveTheBitsTheyHaveAlone() {
    let problems = [130, 1, 64, 70].enumerated().map { index, length in
      PackedKeysValuesTests.Problem(heads: 6, keyValueHeads: 2, headDimension: 20, length: length, seed: index)
    }
    forEachPath { path in
      for (threads, inHalves) in [(1, false), (2, false), (3, false), (5, true)] {
        withThreads(threads) {
          let expected = problems.flatMap { $0.decoded(inHalves: inHalves) { _ in 9 } }
          expectSame(together(problems, inHalves), expected, "\(path), \(threads) threads")
        }
      }
    }
  }

  /// All but the last row of each, then the last rows together.
  private func together(_ problems: [PackedKeysValuesTests.Problem], _ inHalves: Bool) -> [UInt32] {
    let caches = problems.map { PackedKeysValues(shape: $0.shape, capacity: $0.length, inHalves: inHalves) }
    var outputs = problems.map { [Float](repeating: 0, count: $0.q.count) }
    for isLast in [false, true] {
      var (segments, q, k, v): ([AttentionBatch.Segment], [Float], [Float], [Float]) = ([], [], [], [])
      var places: [(index: Int, range: Range<Int>)] = []
      for (index, problem) in problems.enumerated() {
        let range = isLast ? problem.length - 1..<problem.length : 0..<problem.length - 1
        guard !range.isEmpty else { continue }
        let (width, narrow) = (problem.shape.queryWidth, problem.shape.keyValueWidth)
        segments.append(
          .init(caches[index], first: range.lowerBound, count: range.count, row: q.count / width))
        q += problem.q[range.lowerBound * width..<range.upperBound * width]
        k += problem.k[range.lowerBound * narrow..<range.upperBound * narrow]
        v += problem.v[range.lowerBound * narrow..<range.upperBound * narrow]
        places.append((index, range.lowerBound * width..<range.upperBound * width))
      }
      var y = q
      let batch = AttentionBatch(segments)
      batch.store(keys: k, values: v)
      y.withUnsafeMutableBufferPointer { batch.attend(queries: q, output: $0.baseAddress!) }
      var start = 0
      for (index, range) in places {
        outputs[index].replaceSubrange(range, with: y[start..<start + range.count])
        start += range.count
      }
    }
    return outputs.flatMap { $0 }.bitPatterns
  }
}
