import Datasets
import Foundation
import Testing
import TestSupport
import Tokenization

@Suite struct EvaluationWindowsTests {
  let directory: TemporaryDirectory
  let bytes: [UInt8]
  let corpus: TextCorpus

  init() throws {
    directory = try TemporaryDirectory()
    bytes = (0..<200).map { UInt8($0) }
    corpus = try TextCorpus(contentsOf: directory.write(bytes, to: "corpus"), force: true)
  }

  private func tokens(_ range: ByteRange) throws -> TokenCorpus {
    try TokenCorpus(corpus, range: range, tokenizer: ByteTokenizer())
  }

  /// Every byte has a value of its own, so the tokens tell which bytes were read.
  @Test(arguments: [1, 2, 3, 7, 50, 149, 150, 151, 400], [1, 2, 5])
  func everyByteButTheFirstIsPredictedOnce(length: Int, batchSize: Int) throws {
    let windows = try EvaluationWindows(
      tokens(ByteRange(20, 171)), sequenceLength: length, batchSize: batchSize)
    var inputs: [Int32] = []
    var targets: [Int32] = []
    var shapes: [(rows: Int, length: Int)] = []
    for batch in try windows.batches {
      inputs += batch.inputs
      targets += batch.targets
      shapes.append((batch.batchSize, batch.sequenceLength))
    }
    #expect(inputs == bytes[20..<170].map(Int32.init))
    #expect(targets == bytes[21..<171].map(Int32.init))
    #expect(windows.tokenCount == 150)
    #expect(shapes.count == windows.batchCount)
    #expect(shapes.allSatisfy { $0.rows <= batchSize })
    let rest = 150 % length
    let whole = rest == 0 ? shapes[...] : shapes.dropLast()
    #expect(whole.allSatisfy { $0.length == length })
    if rest > 0 { #expect(shapes.last.map { $0 == (1, rest) } == true) }
  }

  @Test(arguments: [1, 39, 40, 41, 100])
  func predictsNoMoreThanAskedFor(maxTokens: Int) throws {
    let windows = try EvaluationWindows(
      tokens(ByteRange(0, nil)), sequenceLength: 20, batchSize: 3, maxTokens: maxTokens)
    let targets = try windows.batches.flatMap(\.targets)
    #expect(targets == bytes[1...maxTokens].map(Int32.init))
    #expect(windows.tokenCount == maxTokens)
    #expect(windows.textRange == 0..<maxTokens + 1)
  }

  @Test func aLargerLimitThanTheRangeChangesNothing() throws {
    let windows = try EvaluationWindows(
      tokens(ByteRange(0, 30)), sequenceLength: 20, batchSize: 3, maxTokens: 1_000)
    #expect(windows.tokenCount == 29)
  }

  @Test func aBatchIsReusedAcrossShapes() throws {
    let windows = try EvaluationWindows(
      tokens(ByteRange(0, 96)), sequenceLength: 20, batchSize: 2)
    let fresh = try windows.batches
    var batch = TrainingBatch(batchSize: 1, sequenceLength: 3)
    batch.documentStarts = [0, 0, 0]
    for number in [2, 0, 1, 2, 0] {
      try windows.fill(&batch, number: number)
      #expect(batch == fresh[number])
    }
  }

  @Test func oneByteIsTooShort() throws {
    let error = CorpusError.tooFewTokens(path: corpus.path, range: 199..<200, needed: 2, count: 1)
    #expect(throws: error) {
      try EvaluationWindows(tokens(ByteRange(199, nil)), sequenceLength: 4, batchSize: 1)
    }
  }
}
