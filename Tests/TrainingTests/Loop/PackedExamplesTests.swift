import Architectures
import Autograd
import Datasets
import Foundation
import Models
import Testing
import TestSupport
import Tokenization

/// What an example's tokens cost does not depend on its neighbours.
@Suite struct PackedExamplesTests {
  private static let length = 24

  private func dataset() throws -> InstructionDataset {
    let folder = try TemporaryDirectory()
    let path = folder.url.appendingPathComponent("examples.jsonl").path
    let rows = (0..<17).map { number in
      #"{"prompt": "\#(number)?", "completion": "\#(String(repeating: "ab\(number)", count: 1 + number % 5))"}"#
    }
    try Data(rows.joined(separator: "\n").utf8).write(to: URL(fileURLWithPath: path))
    return try InstructionDataset(
      InstructionConfiguration(path: path), tokenizer: ByteTokenizer(specialTokens: ["<|endoftext|>"]),
      template: .plain, maximumSequenceLength: Self.length, seed: 1)
  }

  /// The losses of all trained tokens, by the example they belong to.
  private func losses(_ source: some TrainingBatchSource, _ model: Decoder) throws -> [[Int32]: [Float]] {
    var result: [[Int32]: [Float]] = [:]
    var batch = TrainingBatch(batchSize: 1, sequenceLength: 1)
    var number = 0
    while try source.fill(&batch, number: number) {
      number += 1
      let losses = withoutGradients {
        model.tokenLosses(
          tokens: batch.inputs, targets: batch.targets, length: batch.sequenceLength,
          documentStarts: batch.documentStarts
        ).scalars
      }
      for row in 0..<batch.batchSize {
        var documents: [Int: (tokens: [Int32], losses: [Float])] = [:]
        for position in 0..<batch.sequenceLength {
          let index = row * batch.sequenceLength + position
          documents[Int(batch.documentStarts?[index] ?? 0), default: ([], [])].tokens.append(batch.inputs[index])
          if batch.targets[index] >= 0 {
            documents[Int(batch.documentStarts?[index] ?? 0), default: ([], [])].losses.append(losses[index])
          }
        }
        for document in documents.values where !document.losses.isEmpty {
          result[Array(document.tokens.prefix { $0 != 0 }), default: []] += document.losses
        }
      }
    }
    return result
  }

  @Test func packedLossesEqualUnpackedOnes() throws {
    let dataset = try dataset()
    let configuration = Architecture(
      vocabularySize: 257, hiddenSize: 32, hiddenLayerCount: 2, attentionHeadCount: 2, keyValueHeadCount: 1,
      intermediateSize: 48, maximumPositionEmbeddings: Self.length)
    let model = Decoder(configuration, seed: 3)
    let single = try losses(dataset.evaluationBatches(batchSize: 4), model)
    let source = PackedInstructionBatches(dataset, batchSize: 2, seed: 1, epochs: 1)
    #expect(source.samplesPerEpoch < dataset.count)
    let packed = try losses(source, model)
    #expect(single.count == 17 && Set(packed.keys) == Set(single.keys))
    for (tokens, expected) in single {
      let actual = try #require(packed[tokens])
      #expect(actual.count == expected.count)
      for (left, right) in zip(actual, expected) { #expect(abs(left - right) <= 1e-5, "\(left), \(right)") }
    }
  }
}
