import Datasets
import Foundation
import TestSupport
import Testing
import Tokenization

/// Windows of tokens that stand for several bytes each.
@Suite struct TokenWindowsTests {
  let directory: TemporaryDirectory
  let cache: TokenCache

  init() throws {
    directory = try TemporaryDirectory()
    cache = TokenCache(folder: directory.url.appendingPathComponent("cache"))
  }

  private func corpus(_ text: String, gap: Int = 0) throws -> TokenCorpus {
    let path = try directory.write(Array(text.utf8), to: "text")
    return try TokenCorpus(
      TextCorpus(contentsOf: path), range: ByteRange(0, nil),
      tokenizer: WordTokenizer([" the", " harbour", "ing"], gap: gap), cache: cache)
  }

  /// "in| the| harbour|s|ing" by hand: i n " the" " harbour" s " " r i n "ing".
  @Test(arguments: [0, 70_000]) func bytesOfTheTargetsAreCounted(gap: Int) throws {
    let windows = try EvaluationWindows(
      corpus("in the harbours ring", gap: gap), sequenceLength: 3, batchSize: 2)
    let first = Int32(256 + gap)
    let ids: [Int32] = [0x69, 0x6E, first, first + 1, 0x73, 0x20, 0x72, first + 2]
    let batches = try windows.batches
    #expect(batches.map(\.inputs) == [Array(ids[0..<6]), [ids[6]]])
    #expect(batches.map(\.targets) == [Array(ids[1..<7]), [ids[7]]])
    #expect(batches.map(\.predictedTokenCount) == [6, 1])
    #expect(batches.map(\.predictedByteCount) == [1 + 4 + 8 + 1 + 1 + 1, 3])
    #expect(windows.textRange == 0..<20)
  }

  @Test func theTextOfALimitedEvaluationIsKnown() throws {
    let corpus = try corpus("in the harbours ring")
    let windows = try EvaluationWindows(corpus, sequenceLength: 8, batchSize: 1, maxTokens: 3)
    #expect(windows.textRange == 0..<14)
    #expect(try windows.batches.reduce(0) { $0 + $1.predictedByteCount } == 13)
  }

  @Test(arguments: [0, 70_000]) func drawnWindowsAreTokensInARow(gap: Int) throws {
    let text = String(repeating: "ring in the harbours", count: 40)
    let corpus = try corpus(text, gap: gap)
    let ids = try TokenCorpusTests.ids(corpus)
    let sampler = try WindowSampler(corpus, sequenceLength: 5, seed: 3)
    #expect(sampler.windowCount == ids.count - 5)
    var batch = TrainingBatch(batchSize: 1, sequenceLength: 1)
    for number in 0..<20 {
      #expect(try WindowBatches(sampler, batchSize: 4).fill(&batch, number: number))
      for row in 0..<4 {
        let start = sampler.start(ofWindow: UInt64(number * 4 + row))
        #expect(Array(batch.inputs[row * 5..<row * 5 + 5]) == Array(ids[start..<start + 5]))
        #expect(Array(batch.targets[row * 5..<row * 5 + 5]) == Array(ids[start + 1..<start + 6]))
      }
      let lengths = batch.targets.map { $0 < 256 ? 1 : [4, 8, 3][Int($0) - 256 - gap] }
      #expect(batch.predictedByteCount == lengths.reduce(0, +))
    }
  }

  @Test func tooFewTokensAreAnErrorHoweverManyBytesThereAre() throws {
    let corpus = try corpus(" the harbour")
    let error = CorpusError.tooFewTokens(path: corpus.path, range: 0..<12, needed: 3, count: 2)
    #expect(throws: error) { try WindowSampler(corpus, sequenceLength: 2, seed: 1) }
    #expect(throws: Never.self) { try WindowSampler(corpus, sequenceLength: 1, seed: 1) }
  }

  /// Trained tokens alone, and nothing for the token that ends an answer.
  @Test func bytesOfExamplesAreThoseOfTheirTrainedText() throws {
    var fixture = try InstructionFixture()
    fixture.maximumSequenceLength = 64
    let answers = [3, 11, 8, 25]
    let dataset = try fixture.dataset(InstructionFixture.lines(answerLengths: answers))
    var batch = TrainingBatch(batchSize: 1, sequenceLength: 1)
    #expect(try dataset.evaluationBatches(batchSize: 4).fill(&batch, number: 0))
    #expect(batch.predictedByteCount == answers.reduce(0, +))
    #expect(batch.predictedTokenCount == answers.reduce(0, +) + 4)
    #expect(batch.exampleNumbers == [0, 1, 2, 3])
    let packed = PackedInstructionBatches(dataset, batchSize: 4, seed: 1, epochs: 1)
    #expect(try packed.fill(&batch, number: 0))
    #expect(batch.predictedByteCount == answers.reduce(0, +))
    #expect(batch.exampleNumbers.isEmpty)
  }

  @Test func examplesOfALearnedVocabularyCountTheBytesOfItsTokens() throws {
    let path = try directory.write(
      Array(#"{"text": "in the harbours ring"}"#.utf8), to: "rows.jsonl")
    let dataset = try InstructionDataset(
      InstructionConfiguration(path: path), tokenizer: WordTokenizer([" the", " harbour", "ing"]),
      template: .plain, maximumSequenceLength: 64, seed: 1)
    var batch = TrainingBatch(batchSize: 1, sequenceLength: 1)
    #expect(try dataset.evaluationBatches(batchSize: 1).fill(&batch, number: 0))
    // All but the first letter, and the end, which is no text.
    #expect(batch.predictedTokenCount == 8)
    #expect(batch.predictedByteCount == 19)
  }
}
