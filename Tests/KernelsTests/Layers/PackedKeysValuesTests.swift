import Kernels
import Testing

/// Training, prefill and decoding give a query the same bits, however many are computed together.
@Suite struct PackedKeysValuesTests {
  struct Problem {
    let shape: AttentionShape
    let length: Int
    let q: [Float], k: [Float], v: [Float]

    init(heads: Int, keyValueHeads: Int, headDimension: Int, length: Int, seed: Int = 1) {
      var samples = Samples(seed)
      shape = AttentionShape(heads: heads, keyValueHeads: keyValueHeads, headDimension: headDimension)
      self.length = length
      q = samples.floats(length * shape.queryWidth, magnitude: 2)
      k = samples.floats(length * shape.keyValueWidth, magnitude: 2)
      v = samples.floats(length * shape.keyValueWidth)
    }

    /// As training does it.
    var trained: [UInt32] {
      var (y, logSums) = (q, [Float](repeating: 0, count: length * shape.heads))
      AttentionKernel.forward(
        queries: q, keys: k, values: v, shape: shape, batch: 1, length: length, documentStarts: nil, output: &y,
        logSums: &logSums)
      return y.bitPatterns
    }

    private init(_ other: Problem, k: [Float], v: [Float]) {
      (shape, length, q, self.k, self.v) = (other.shape, other.length, other.q, k, v)
    }

    /// With keys and values that float16 holds.
    var rounded: Problem {
      let round = { Float16Conversion.float(fromBits: Float16Conversion.bits(from: $0)) }
      return Problem(self, k: k.map(round), v: v.map(round))
    }

    /// As a session does it, some tokens at a time.
    func decoded(inHalves: Bool = false, chunk: (_ first: Int) -> Int) -> [UInt32] {
      let cache = PackedKeysValues(shape: shape, capacity: length, inHalves: inHalves)
      var y = q
      var first = 0
      while first < length {
        let count = min(chunk(first), length - first)
        let batch = AttentionBatch([AttentionBatch.Segment(cache, first: first, count: count)])
        k.withUnsafeBufferPointer { k in
          v.withUnsafeBufferPointer { v in
            let offset = first * shape.keyValueWidth
            batch.store(keys: k.baseAddress! + offset, values: v.baseAddress! + offset)
          }
        }
        q.withUnsafeBufferPointer { q in
          y.withUnsafeMutableBufferPointer { y in
            let offset = first * shape.queryWidth
            batch.attend(queries: q.baseAddress! + offset, output: y.baseAddress! + offset)
          }
        }
        first += count
      }
      return y.bitPatterns
    }
  }

  static let problems = [
    Problem(heads: 4, keyValueHeads: 2, headDimension: 20, length: 131),
    Problem(heads: 4, keyValueHeads: 1, headDimension: 16, length: 65),
    Problem(heads: 3, keyValueHeads: 3, headDimension: 72, length: 194),
    Problem(heads: 8, keyValueHeads: 2, headDimension: 64, length: 300),
  ]

  @Test(arguments: problems.indices) func decodingEqualsTraining(_ index: Int) {
    let problem = Self.problems[index]
    forEachPath { path in
      let expected = withThreads(1) { problem.trained }
      for threads in [1, 2, 3] {
        withThreads(threads) {
          expectSame(problem.trained, expected, "\(path), \(threads) threads")
          expectSame(problem.decoded { _ in 1 }, expected, "token by token, \(path), \(threads) threads")
          expectSame(problem.decoded { _ in problem.length }, expected, "prefill, \(path), \(threads) threads")
          expectSame(problem.decoded { $0 == 0 ? 61 : 7 }, expected, "in pieces, \(path), \(threads) threads")
        }
      }
    }
  }

  /// A cache of float16 numbers gives what one of float32 numbers gives for rounded keys and values.
  @Test(arguments: problems.indices) func halvesAreRoundedNumbers(_ index: Int) {
    let problem = Self.problems[index]
    forEachPath { path in
      let expected = withThreads(1) { problem.rounded.trained }
      for threads in [1, 2, 3] {
        withThreads(threads) {
          for chunk in [1, 7, problem.length] {
            let decoded = problem.decoded(inHalves: true) { _ in chunk }
            expectSame(decoded, expected, "\(chunk) at a time, \(path), \(threads) threads")
          }
        }
      }
    }
    #expect(problem.rounded.trained != problem.trained)
  }

  /// Sequences of a batch do not touch each other.
  @Test func aBatchIsItsSequences() {
    let parts = [1, 2, 3].map { Problem(heads: 4, keyValueHeads: 2, headDimension: 20, length: 70, seed: $0) }
    let (q, k, v) = (parts.flatMap(\.q), parts.flatMap(\.k), parts.flatMap(\.v))
    forEachPath { path in
      for threads in [1, 2] {
        var (y, logSums) = (q, [Float](repeating: 0, count: 3 * 4 * 70))
        withThreads(threads) {
          AttentionKernel.forward(
            queries: q, keys: k, values: v, shape: parts[0].shape, batch: 3, length: 70, documentStarts: nil,
            output: &y, logSums: &logSums)
        }
        expectSame(y.bitPatterns, parts.flatMap(\.trained), "\(path), \(threads) threads")
      }
    }
  }
}
