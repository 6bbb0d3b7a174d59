import Datasets
import Foundation
import Kernels
import Testing
import TestSupport
import Tokenization

@Suite struct WindowSamplerTests {
  let directory: TemporaryDirectory
  let bytes: [UInt8]
  let corpus: TextCorpus

  init() throws {
    directory = try TemporaryDirectory()
    bytes = (0..<1_000).map { UInt8(truncatingIfNeeded: $0 &* 167 &+ $0 >> 8) }
    corpus = try TextCorpus(contentsOf: directory.write(bytes, to: "corpus"), force: true)
  }

  private func sampler(
    _ range: ByteRange, length: Int = 8, order: CorpusConfiguration.WindowOrder = .random, seed: UInt64 = 1
  ) throws -> WindowSampler {
    try WindowSampler(
      TokenCorpus(corpus, range: range, tokenizer: ByteTokenizer()), sequenceLength: length, order: order, seed: seed)
  }

  @Test(arguments: CorpusConfiguration.WindowOrder.allCases)
  func batchHoldsConsecutiveWindowsAndTheirNextBytes(order: CorpusConfiguration.WindowOrder) throws {
    let sampler = try sampler(ByteRange(100, 400), order: order)
    var batch = TrainingBatch(batchSize: 3, sequenceLength: 8)
    try sampler.fill(&batch, number: 7)
    for row in 0..<3 {
      let start = 100 + sampler.start(ofWindow: UInt64(21 + row))
      let positions = row * 8..<row * 8 + 8
      #expect(Array(batch.inputs[positions]) == bytes[start..<start + 8].map(Int32.init))
      #expect(Array(batch.targets[positions]) == bytes[start + 1..<start + 9].map(Int32.init))
    }
    #expect(batch.documentStarts == nil)
    #expect(batch.predictedTokenCount == 24)
    #expect(batch.predictedByteCount == 24)
  }

  @Test func randomWindowsReachEveryStartAndStayInside() throws {
    let sampler = try sampler(ByteRange(100, 140))
    let starts = Set((0..<2_000).map { sampler.start(ofWindow: $0) })
    #expect(starts == Set(0...31))
    #expect(sampler.windowCount == 32)
  }

  /// Chi-squared with 99 degrees of freedom exceeds 161 once in 10,000 seeds; the seed is fixed.
  @Test func randomWindowsAreUniform() throws {
    let sampler = try sampler(ByteRange(0, 108))
    var counts = Array(repeating: 0.0, count: 100)
    for number in 0..<UInt64(100_000) { counts[sampler.start(ofWindow: number)] += 1 }
    let statistic = counts.reduce(0) { $0 + ($1 - 1_000) * ($1 - 1_000) / 1_000 }
    #expect(statistic < 161)
  }

  @Test func consecutiveRandomWindowsAreUnrelated() throws {
    let sampler = try sampler(ByteRange(0, 108))
    let starts = (0..<UInt64(100_000)).map { Double(sampler.start(ofWindow: $0)) - 49.5 }
    let covariance = zip(starts, starts.dropFirst()).reduce(0) { $0 + $1.0 * $1.1 } / 100_000
    // Variance 833; the correlation of 100,000 independent pairs has a deviation of 0.0032.
    #expect(abs(covariance / 833.25) < 0.013)
  }

  @Test func anyBatchCanBeAskedForWithoutTheOnesBefore() throws {
    let sampler = try sampler(ByteRange(0, nil), length: 16)
    var reused = TrainingBatch(batchSize: 4, sequenceLength: 16)
    var inOrder: [TrainingBatch] = []
    for number in 0..<20 {
      try sampler.fill(&reused, number: UInt64(number))
      inOrder.append(reused)
    }
    #expect(Set(inOrder.map(\.inputs)).count == 20)
    let again = try self.sampler(ByteRange(0, nil), length: 16)
    var random = RandomStream(seed: 5, purpose: .shuffle)
    for number in (0..<20).shuffled(using: &random) {
      var batch = TrainingBatch(batchSize: 4, sequenceLength: 16)
      try again.fill(&batch, number: UInt64(number))
      #expect(batch == inOrder[number])
    }
  }

  @Test func batchSizeOnlyGroupsTheWindows() throws {
    let sampler = try sampler(ByteRange(0, nil))
    var large = TrainingBatch(batchSize: 6, sequenceLength: 8)
    try sampler.fill(&large, number: 1)
    var rows: [Int32] = []
    for number in 3..<6 {
      var small = TrainingBatch(batchSize: 2, sequenceLength: 8)
      try sampler.fill(&small, number: UInt64(number))
      rows += small.inputs
    }
    #expect(rows == large.inputs)
  }

  @Test func seedsDrawDifferentWindows() throws {
    let first = try sampler(ByteRange(0, nil), seed: 1)
    let second = try sampler(ByteRange(0, nil), seed: 2)
    let same = (0..<UInt64(1_000)).count { first.start(ofWindow: $0) == second.start(ofWindow: $0) }
    #expect(same < 10)
  }

  @Test func sequentialWindowsFollowEachOtherAndStartOver() throws {
    let sampler = try sampler(ByteRange(50, 50 + 4 * 8 + 7), order: .sequential)
    #expect((0..<10).map { sampler.start(ofWindow: $0) } == [0, 8, 16, 24, 0, 8, 16, 24, 0, 8])
    #expect(try self.sampler(ByteRange(50, 50 + 4 * 8 + 1), order: .sequential).windowCount == 4)
    #expect(try self.sampler(ByteRange(50, 50 + 4 * 8), order: .sequential).windowCount == 3)
  }

  @Test(arguments: CorpusConfiguration.WindowOrder.allCases)
  func rangeOfOneWindowIsEnoughAndLessIsNot(order: CorpusConfiguration.WindowOrder) throws {
    let exact = try sampler(ByteRange(991, nil), order: order)
    #expect((0..<50).allSatisfy { exact.start(ofWindow: $0) == 0 })
    let error = CorpusError.tooFewTokens(path: corpus.path, range: 992..<1_000, needed: 9, count: 8)
    #expect(throws: error) { try sampler(ByteRange(992, nil), order: order) }
    #expect(throws: CorpusError.self) { try sampler(ByteRange(0, 1_001), order: order) }
  }

  @Test func aRangeBeyondThirtyTwoBitsOfWindowNumbersStillVaries() throws {
    let sampler = try sampler(ByteRange(0, nil))
    let near = (0..<64).map { sampler.start(ofWindow: $0) }
    let far = (0..<64).map { sampler.start(ofWindow: 1 << 40 + $0) }
    #expect(near != far)
  }
}
