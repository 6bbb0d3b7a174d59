import CKernels
import Kernels
import Testing

/// One head of causal attention against doubles, between guard pages.
@Suite struct AttentionKernelTests {
  static let lengths = [1, 5, 16, 17, 63, 64, 65, 130]
  static let block = Int(BITNET_KEY_BLOCK)

  struct Problem {
    let length: Int
    let dimension: Int
    let qStride: Int
    let kvStride: Int
    let q: [Float], k: [Float], v: [Float], dy: [Float]
    let starts: [Int32]?

    init(length: Int, dimension: Int, documents: [Int32]? = nil) {
      var samples = Samples(length)
      (self.length, self.dimension) = (length, dimension)
      (qStride, kvStride) = (dimension + 3, dimension + 1)
      q = samples.floats((length - 1) * qStride + dimension, magnitude: 2)
      dy = samples.floats((length - 1) * qStride + dimension)
      k = samples.floats((length - 1) * kvStride + dimension, magnitude: 2)
      v = samples.floats((length - 1) * kvStride + dimension)
      starts = documents.map { documents in
        (0..<Int32(length)).map { position in documents.last { $0 <= position } ?? 0 }
      }
    }

    var padded: Int { (dimension + 15) / 16 * 16 }
    var shape: bitnet_attention_shape { shape(inHalves: false) }
    func shape(inHalves: Bool) -> bitnet_attention_shape {
      .init(
        head_dimension: dimension, padded_dimension: padded, scale: 1 / Float(dimension).squareRoot(),
        in_halves: inHalves ? 1 : 0)
    }
    var blocks: Int { (length + AttentionKernelTests.block - 1) / AttentionKernelTests.block }
    var reference: AttentionReference {
      .init(
        q: q, k: k, v: v, qStride: qStride, kvStride: kvStride, length: length, dimension: dimension, starts: starts)
    }

    /// Runs `body` with the starts between guard pages, or nil.
    func withStarts(_ body: (UnsafePointer<Int32>?) -> Void) {
      guard let starts else { return body(nil) }
      let buffer = GuardedBuffer(starts)
      body(buffer.pointer)
      expectIntact(buffer)
    }
  }

  struct Forward {
    var y: [Float]
    var logSums: [Float]
  }

  /// Slots of keys that were never stored hold NaN: they must not matter.
  static func forward(_ kernels: bitnet_kernels, _ p: Problem, _ placement: Placement) -> Forward {
    forward(kernels, p, placement, neverStored: Float.nan)
  }

  /// - Parameter neverStored: a NaN of the type that keys and values are packed in: Float, or UInt16 for float16.
  static func forward<Stored: BitwiseCopyable>(
    _ kernels: bitnet_kernels, _ p: Problem, _ placement: Placement, neverStored: Stored
  ) -> Forward {
    let shape = p.shape(inHalves: Stored.self == UInt16.self)
    let keys = GuardedBuffer(repeating: neverStored, count: p.blocks * block * p.dimension, placement)
    let values = GuardedBuffer(repeating: neverStored, count: p.length * p.padded, placement)
    let (q, k, v) = (GuardedBuffer(p.q, placement), GuardedBuffer(p.k, placement), GuardedBuffer(p.v, placement))
    let half = p.length / 2
    kernels.attention_pack(k.pointer, v.pointer, p.kvStride, 0, half, shape, keys.pointer, values.pointer)
    kernels.attention_pack(
      k.pointer + half * p.kvStride, v.pointer + half * p.kvStride, p.kvStride, half, p.length - half, shape,
      keys.pointer, values.pointer)
    let y = GuardedBuffer<Float>(repeating: 99, count: p.q.count, placement)
    let logSums = GuardedBuffer<Float>(repeating: 99, count: p.length, placement)
    let scratch = GuardedBuffer<Float>(repeating: .nan, count: bitnet_attention_scratch(shape), placement)
    p.withStarts {
      kernels.attention_forward(
        q.pointer, p.qStride, 0, 1, p.length, $0, keys.pointer, values.pointer, shape, y.pointer, p.qStride,
        logSums.pointer, scratch.pointer)
    }
    expectIntact(keys, values, q, k, v, y, logSums, scratch)
    return Forward(y: y.elements, logSums: logSums.elements)
  }

  /// - Parameter between: what lies behind the elements of a row.
  static func expectClose(
    _ got: [Float], _ expected: [[Double]], stride: Int, tolerance: Double, between: Float, _ what: String,
    sourceLocation: SourceLocation = #_sourceLocation
  ) {
    let wrong = got.indices.first { index in
      let (row, column) = (index / stride, index % stride)
      guard column < expected[row].count else { return got[index] != between }
      return !(abs(Double(got[index]) - expected[row][column]) <= tolerance * (1 + abs(expected[row][column])))
    }
    guard let wrong else { return }
    let place = "row \(wrong / stride), column \(wrong % stride)"
    Issue.record("\(what): \(got[wrong]) in \(place)", sourceLocation: sourceLocation)
  }

  static func check(_ problem: Problem) {
    let reference = problem.reference
    let dy = (0..<problem.length).map { row in
      problem.dy[row * problem.qStride..<row * problem.qStride + problem.dimension].map(Double.init)
    }
    let gradients = reference.gradients(dy)
    forEachTable { kernels, path in
      let what = "\(path), length \(problem.length), dimension \(problem.dimension)"
      let placement = Placement.allCases[problem.length % 4]
      let result = forward(kernels, problem, placement)
      expectClose(result.y, reference.output, stride: problem.qStride, tolerance: 3e-6, between: 99, what)
      let logSumsAreRight = zip(result.logSums, reference.logSums).allSatisfy { abs(Double($0) - $1) <= 5e-6 }
      #expect(logSumsAreRight, "\(what)")
      checkBackward(
        kernels.attention_backward, bitnet_attention_backward_scratch(problem.length, problem.padded), problem, result,
        gradients, tolerance: 1e-5, placement, what)
      guard let inBFloat16 = kernels.attention_backward_bfloat16 else { return }
      let scratch = bitnet_attention_backward_bfloat16_scratch(problem.length, problem.dimension)
      // Terms of a sum are off by 2⁻⁹ at most each; wrong ones are off by all of it.
      checkBackward(
        inBFloat16, scratch, problem, result, gradients, tolerance: 0.03, placement, "bfloat16, \(what)")
    }
  }

  typealias BackwardKernel =
    @convention(c) (
      UnsafePointer<Float>?, UnsafePointer<Float>?, UnsafePointer<Float>?, UnsafePointer<Float>?, UnsafePointer<Float>?,
      Int, Int, Int, UnsafePointer<Int32>?, UnsafePointer<Float>?, bitnet_attention_shape, UnsafeMutablePointer<Float>?,
      UnsafeMutablePointer<Float>?, UnsafeMutablePointer<Float>?, Int32, UnsafeMutablePointer<Float>?
    ) -> Void

  static func checkBackward(
    _ kernel: BackwardKernel, _ scratchCount: Int, _ p: Problem, _ forward: Forward,
    _ expected: (query: [[Double]], key: [[Double]], value: [[Double]]), tolerance: Double, _ placement: Placement,
    _ what: String
  ) {
    let (q, k, v) = (GuardedBuffer(p.q, placement), GuardedBuffer(p.k, placement), GuardedBuffer(p.v, placement))
    let (y, dy) = (GuardedBuffer(forward.y, placement), GuardedBuffer(p.dy, placement))
    let logSums = GuardedBuffer(forward.logSums, placement)
    let dq = GuardedBuffer<Float>(repeating: 99, count: p.q.count, placement)
    // What is there already is added to or overwritten.
    let adds = p.length % 2 == 1
    let dk = GuardedBuffer<Float>(repeating: 0.5, count: p.k.count, placement)
    let dv = GuardedBuffer<Float>(repeating: 0.5, count: p.v.count, placement)
    let scratch = GuardedBuffer<Float>(repeating: .nan, count: scratchCount, placement)
    p.withStarts {
      kernel(
        q.pointer, k.pointer, v.pointer, y.pointer, dy.pointer, p.qStride, p.kvStride, p.length, $0, logSums.pointer,
        p.shape, dq.pointer, dk.pointer, dv.pointer, adds ? 1 : 0, scratch.pointer)
    }
    let added = { (rows: [[Double]]) in rows.map { $0.map { $0 + (adds ? 0.5 : 0) } } }
    let (key, value) = (added(expected.key), added(expected.value))
    expectClose(dq.elements, expected.query, stride: p.qStride, tolerance: tolerance, between: 99, "dq, \(what)")
    expectClose(dk.elements, key, stride: p.kvStride, tolerance: tolerance, between: 0.5, "dk, \(what)")
    expectClose(dv.elements, value, stride: p.kvStride, tolerance: tolerance, between: 0.5, "dv, \(what)")
    expectIntact(q, k, v, y, dy, logSums, dq, dk, dv, scratch)
  }

  @Test(arguments: [1, 4, 16, 20, 64, 72]) func agreesWithDoubles(_ dimension: Int) {
    for length in Self.lengths { Self.check(Problem(length: length, dimension: dimension)) }
  }

  /// Keys and values in float16 give what rounded ones in float32 give, and no kernel leaves its memory.
  @Test(arguments: [1, 20, 64, 72]) func halvesAreRoundedNumbers(_ dimension: Int) {
    let round = { Float16Conversion.float(fromBits: Float16Conversion.bits(from: $0)) }
    for length in Self.lengths {
      let problem = Problem(length: length, dimension: dimension)
      let rounded = Problem(problem, q: problem.q, k: problem.k.map(round), v: problem.v.map(round))
      forEachTable { kernels, path in
        let placement = Placement.allCases[length % 4]
        let halves = Self.forward(kernels, problem, placement, neverStored: UInt16.max)
        let expected = Self.forward(kernels, rounded, placement)
        expectSame(halves.y.bitPatterns, expected.y.bitPatterns, "\(path), length \(length)")
        expectSame(halves.logSums.bitPatterns, expected.logSums.bitPatterns, "\(path), length \(length)")
      }
    }
  }

  @Test(arguments: [[0, 1, 2], [0, 64], [0, 63, 65], [0, 10, 100, 129], [0, 70]] as [[Int32]])
  func documentsDoNotSeeEachOther(_ documents: [Int32]) {
    for length in [65, 130] { Self.check(Problem(length: length, dimension: 20, documents: documents)) }
  }

  /// Scores far apart: all weight but that of the largest underflows, in whichever block it lies.
  @Test func extremeScores() {
    forEachTable { kernels, path in
      for best in [0, 63, 64, 100, 129] {
        let length = 130
        let k = (0..<length).map { Float($0 == best ? 1 : -1) }
        let v = (0..<length).map(Float.init)
        let shape = bitnet_attention_shape(head_dimension: 1, padded_dimension: 16, scale: 1, in_halves: 0)
        var keys = [Float](repeating: .nan, count: 192)
        var values = [Float](repeating: .nan, count: length * 16)
        var (y, scratch) = ([Float](repeating: 99, count: 1), [Float](repeating: 0, count: 16 * 18))
        kernels.attention_pack(k, v, 1, 0, length, shape, &keys, &values)
        kernels.attention_forward([1e6], 1, length - 1, 1, 1, nil, keys, values, shape, &y, 1, nil, &scratch)
        #expect(y == [Float(best)], "\(path)")
      }
    }
  }

  @Test func notANumberSpoilsTheRowsThatSeeItAndNoOther() {
    forEachTable { kernels, path in
      let clean = Problem(length: 130, dimension: 20)
      let expected = Self.forward(kernels, clean, .beforeGuard).y
      var (q, k) = (clean.q, clean.k)
      q[40 * clean.qStride + 3] = .nan
      k[70 * clean.kvStride + 3] = .nan
      let spoilt = Problem(clean, q: q, k: k)
      let y = Self.forward(kernels, spoilt, .beforeGuard).y
      let isRight = y.indices.allSatisfy { index in
        let row = index / clean.qStride
        if index % clean.qStride >= 20 { return y[index] == 99 }
        return row == 40 || row >= 70 ? y[index].isNaN : y[index] == expected[index]
      }
      #expect(isRight, "\(path)")
    }
  }
}

extension AttentionKernelTests.Problem {
  /// The same with other queries, keys and values.
  init(_ other: Self, q: [Float], k: [Float], v: [Float]? = nil) {
    (length, dimension, qStride, kvStride) = (other.length, other.dimension, other.qStride, other.kvStride)
    (self.q, self.k, self.v, dy, starts) = (q, k, v ?? other.v, other.dy, other.starts)
  }
}
