import Datasets
import Testing
import Tokenization

@Suite struct InstructionBatchesTests {
  let fixture: InstructionFixture
  let lengths = (0..<23).map { 3 + $0 * 7 % 19 }

  init() throws { fixture = try InstructionFixture() }

  private func dataset() throws -> InstructionDataset {
    try fixture.dataset(InstructionFixture.lines(answerLengths: lengths))
  }

  /// The rows of a batch as inputs and targets without padding.
  private func rows(_ batch: TrainingBatch) -> [[Int32]] {
    (0..<batch.batchSize).map { row in
      let range = row * batch.sequenceLength..<(row + 1) * batch.sequenceLength
      let last = range.last { batch.targets[$0] != TrainingBatch.ignoredTarget } ?? range.lowerBound
      return Array(batch.inputs[range.lowerBound...last]) + Array(batch.targets[range.lowerBound...last])
    }
  }

  private func batches(_ source: some TrainingBatchSource) throws -> [TrainingBatch] {
    var result: [TrainingBatch] = []
    var batch = TrainingBatch(batchSize: 1, sequenceLength: 1)
    while try source.fill(&batch, number: result.count) { result.append(batch) }
    return result
  }

  @Test func rowsArePaddedToTheLongest() throws {
    let dataset = try dataset()
    var batch = TrainingBatch(batchSize: 1, sequenceLength: 1)
    #expect(try dataset.evaluationBatches(batchSize: 4).fill(&batch, number: 1))
    let examples = try (4..<8).map { try dataset[$0] }
    #expect(batch.batchSize == 4 && batch.sequenceLength == examples.map { $0.tokens.count - 1 }.max())
    #expect(batch.documentStarts == nil)
    for (row, example) in examples.enumerated() {
      for position in 0..<batch.sequenceLength {
        let index = row * batch.sequenceLength + position
        guard position + 1 < example.tokens.count else {
          #expect(batch.inputs[index] == 0 && batch.targets[index] == TrainingBatch.ignoredTarget)
          continue
        }
        #expect(batch.inputs[index] == example.tokens[position])
        #expect(
          batch.targets[index]
            == (example.isTrained[position + 1] ? example.tokens[position + 1] : TrainingBatch.ignoredTarget))
      }
    }
    #expect(batch.predictedTokenCount == examples.reduce(0) { $0 + $1.trainedTokenCount })
  }

  @Test func sizesDoNotChangeTheSamples() throws {
    let dataset = try dataset()
    let expected = try batches(InstructionBatches(dataset, batchSize: 1, seed: 5, epochs: 3)).flatMap(rows)
    #expect(expected.count == 69)
    for size in [2, 4, 16, 100] {
      let source = InstructionBatches(dataset, batchSize: size, seed: 5, epochs: 3)
      let batches = try batches(source)
      #expect(batches.flatMap(rows) == expected)
      #expect(batches.count == source.batchCount && batches.last?.batchSize == (69 % size == 0 ? size : 69 % size))
    }
    let endless = InstructionBatches(dataset, batchSize: 10, seed: 5)
    var batch = TrainingBatch(batchSize: 1, sequenceLength: 1)
    #expect(try endless.fill(&batch, number: 1_000_000) && batch.batchSize == 10)
  }

  @Test func evaluationSeesEveryExampleInOrder() throws {
    let dataset = try dataset()
    let all = try batches(dataset.evaluationBatches(batchSize: 5))
    #expect(all.count == 5 && all.last?.batchSize == 3)
    #expect(all.reduce(0) { $0 + $1.predictedTokenCount } == dataset.statistics.trainedTokens)
    #expect(try all.flatMap(rows) == batches(dataset.evaluationBatches(batchSize: 1)).flatMap(rows))
  }

  @Test func packedRowsHoldEveryExampleOncePerEpoch() throws {
    var fixture = fixture
    fixture.maximumSequenceLength = 48
    let dataset = try fixture.dataset(InstructionFixture.lines(answerLengths: lengths))
    let packed = PackedInstructionBatches(dataset, batchSize: 3, seed: 5, epochs: 2)
    let positions = try (0..<dataset.count).reduce(0) { try $0 + dataset[$1].tokens.count - 1 }
    // As full as best fit can be with these lengths, and the same in every epoch.
    #expect(packed.samplesPerEpoch <= positions / 48 + 2)
    let all = try batches(packed)
    #expect(all.count == packed.batchCount)
    #expect(all.reduce(0) { $0 + $1.predictedTokenCount } == 2 * dataset.statistics.trainedTokens)
    let expected = try (0..<46).map { try dataset[$0 % 23].tokens.map(Int.init) }
    #expect(
      all.flatMap(documents).sorted { $0.lexicographicallyPrecedes($1) }
        == expected.sorted { $0.lexicographicallyPrecedes($1) })
    let one = try batches(PackedInstructionBatches(dataset, batchSize: 1, seed: 5, epochs: 2))
    #expect(one.flatMap(documents) == all.flatMap(documents))
    let again = PackedInstructionBatches(dataset, batchSize: 3, seed: 5, epochs: 2)
    var batch = TrainingBatch(batchSize: 1, sequenceLength: 1)
    for number in [all.count - 1, 0, all.count / 2] {
      #expect(try again.fill(&batch, number: number) && batch == all[number])
    }
  }

  /// The documents of packed rows, without what is behind the last trained token of each.
  private func documents(_ batch: TrainingBatch) -> [[Int]] {
    var result: [[Int]] = []
    for row in 0..<batch.batchSize {
      for position in 0..<batch.sequenceLength {
        let index = row * batch.sequenceLength + position
        if batch.documentStarts?[index] == Int32(position) { result.append([]) }
        result[result.count - 1].append(Int(batch.inputs[index]))
        let target = batch.targets[index]
        let isLast = position + 1 == batch.sequenceLength || batch.documentStarts?[index + 1] == Int32(position + 1)
        if isLast, target != TrainingBatch.ignoredTarget { result[result.count - 1].append(Int(target)) }
      }
    }
    // What pads a row is a document of zeros.
    return result.filter { $0.contains { $0 != 0 } }
  }

  @Test func rejectedAnswersFollowAllChosenOnes() throws {
    let rows = (0..<7).map { #"{"prompt": "\#($0)", "chosen": "good", "rejected": "not so good"}"# }
    let dataset = try fixture.pairs(rows.joined(separator: "\n"))
    let source = PreferenceBatches(dataset, batchSize: 3, seed: 2, epochs: 1)
    let all = try batches(source)
    #expect(all.map(\.batchSize) == [6, 6, 2] && source.pairs(ofBatch: 3).isEmpty)
    #expect((0..<3).flatMap(source.pairs).sorted() == Array(0..<7))
    let first = try dataset[source.pairs(ofBatch: 1)[2]]
    #expect(self.rows(all[1])[2].starts(with: first.chosen.tokens.dropLast()))
    #expect(self.rows(all[1])[5].starts(with: first.rejected.tokens.dropLast()))
    #expect(all[1].exampleNumbers == source.pairs(ofBatch: 1) + source.pairs(ofBatch: 1))
    let inOrder = dataset.evaluationBatches(batchSize: 4)
    #expect(inOrder.pairs(ofBatch: 0) == [0, 1, 2, 3] && inOrder.pairs(ofBatch: 1) == [4, 5, 6])
  }
}
