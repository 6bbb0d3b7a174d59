import Autograd
import Datasets
import Foundation
import Models
import TestSupport
import Testing
import Tokenization
import Training

/// Bits per byte with tokens of several bytes: every measurement divides by the bytes of the text that it predicted.
@Suite struct ByteAccountingTests {
  let folder: TemporaryDirectory
  let tokenizer = DigramTokenizer(["th", "ar", "sq"])
  let tokens: TokenCorpus
  let ids: [Int32]
  let model = TinyBitNet.model()

  init() throws {
    folder = try TemporaryDirectory()
    let text = try TinyBitNet.corpus(in: folder)
    tokens = try TokenCorpus(
      text, range: ByteRange(0, 2000), tokenizer: tokenizer,
      cache: TokenCache(folder: folder.url.appendingPathComponent("cache")))
    ids = tokenizer.encode(bytes: try text.bytes(in: 0..<2000))
  }

  /// The loss of predicting all but the first of the ids, in windows of 24, computed token by token.
  private func reference(_ ids: ArraySlice<Int32>) -> LossSum {
    var sum = LossSum()
    for start in stride(from: ids.startIndex, to: ids.endIndex - 1, by: 24) {
      let end = min(start + 24, ids.endIndex - 1)
      let losses = withoutGradients {
        model.tokenLosses(
          tokens: Array(ids[start..<end]), targets: Array(ids[start + 1..<end + 1]), length: end - start)
      }
      for (loss, target) in zip(losses.scalars, ids[start + 1..<end + 1]) {
        sum += LossSum(nats: Double(loss), tokens: 1, bytes: target < 128 ? 1 : 2)
      }
    }
    return sum
  }

  @Test func theCorpusIsWhatTheTestThinks() {
    #expect(tokens.count == ids.count && ids.count < 1900)
    #expect(tokens.tokenByteCounts.sum(ids) == 2000)
  }

  @Test func evaluationOfWindows() throws {
    let windows = try EvaluationWindows(tokens, sequenceLength: 24, batchSize: 7)
    let loss = try Evaluator(windows)(model)
    let wanted = reference(ids[...])
    #expect(loss.tokens == ids.count - 1 && loss.bytes == wanted.bytes)
    #expect(loss.bytes == 2000 - tokenizer.byteCount(of: ids[0]))
    #expect(loss.nats == wanted.nats)
    #expect(abs(loss.bitsPerByte - wanted.nats / log(2) / Double(wanted.bytes)) < 1e-12)
    #expect(loss.bitsPerByte < loss.natsPerToken / log(2))
  }

  /// Both the figures of a step and those of the log.
  @Test func pretraining() throws {
    let sampler = try WindowSampler(tokens, sequenceLength: 24, seed: 1)
    let batches = WindowBatches(sampler, batchSize: 4)
    var bytes = 0
    var batch = TrainingBatch(batchSize: 1, sequenceLength: 1)
    for number in 0..<4 {
      #expect(try batches.fill(&batch, number: number))
      bytes += batch.targets.reduce(0) { $0 + ($1 < 128 ? 1 : 2) }
    }
    let loop = TrainingLoop(
      BatchObjective(model, batches: batches, loss: LikelihoodLoss()),
      configuration: TrainingConfiguration(
        maximumSequenceLength: 24, batchSize: 4, gradientAccumulationSteps: 2, limit: .steps(2), logEverySteps: 2))
    var logged: StepMetrics?
    try loop.run { event in
      if case .logged(let metrics) = event { logged = metrics }
      return .continue
    }
    let metrics = try #require(logged)
    let bits = try #require(metrics.bitsPerByte)
    #expect(metrics.tokens == 4 * 4 * 24)
    #expect(bytes > metrics.tokens)
    #expect(abs(bits - metrics.loss * Double(metrics.tokens) / log(2) / Double(bytes)) < 1e-9)
  }

  private func examples() throws -> InstructionDataset {
    let rows = [
      #"{"prompt": "what", "completion": "that"}"#, #"{"prompt": "this", "completion": "sqare art"}"#,
    ].joined(separator: "\n")
    let path = try folder.write(Array(rows.utf8), to: "rows.jsonl")
    return try InstructionDataset(
      InstructionConfiguration(path: path), tokenizer: tokenizer, template: .plain, maximumSequenceLength: 24, seed: 1)
  }

  /// "that" is th-a-t and the end: 4 tokens, 4 bytes. "sqare art" is sq-ar-e- -ar-t and the end: 7 tokens, 9 bytes.
  @Test func supervisedTrainingAndItsEvaluation() throws {
    let examples = try examples()
    let batches = InstructionBatches(examples, batchSize: 2, seed: 1, epochs: 1)
    let part = try #require(
      try BatchObjective(model, batches: batches, loss: LikelihoodLoss()).loss(ofMicroBatch: 0))
    #expect(part.tokenCount == 11 && part.byteCount == 13)
    let loss = try Evaluator(examples.evaluationBatches(batchSize: 1))(model)
    #expect(loss.tokens == 11 && loss.bytes == 13)
    #expect(abs(loss.nats - Double(part.sum.item)) < 1e-4)
  }

  @Test func pairsCountBothAnswers() throws {
    let row = #"{"prompt": "what", "chosen": "that", "rejected": "sqare art"}"#
    let path = try folder.write(Array(row.utf8), to: "pairs.jsonl")
    let pairs = try PreferenceDataset(
      InstructionConfiguration(path: path), tokenizer: tokenizer, template: .plain, maximumSequenceLength: 24, seed: 1)
    let loss = PairwiseLoss(.init(), reference: try ReferenceLogProbabilities(model, pairs, batchSize: 1))
    let total = try BatchObjective(model, batches: pairs.evaluationBatches(batchSize: 1), loss: loss).evaluate()
    #expect(total.pairs == 1 && total.tokens == 11 && total.bytes == 13)
    #expect(total.bitsPerByteOfText == nil)
  }

  /// A step whose only target ends a text has no bits per byte, and its log line says none.
  @Test func whereNothingIsTextThereAreNoBitsPerByte() {
    let loss = LossSum(nats: 3, tokens: 1, bytes: 0)
    #expect(loss.bitsPerByteOfText == nil)
    #expect(!MetricsLine(step: 1, validation: loss).description.contains("bits_per_byte"))
  }
}
