import Autograd
import Datasets
import Kernels
import Models

/// The log-probabilities under the reference of all answers of a dataset, and of what the batches that are made of it put
/// beside them: answers to the prompts of others.
public struct UnpairedReference: Equatable, Sendable {
  /// Per answer.
  public let answers: [Float]
  /// Per answer, of another one to its prompt.
  public let mismatched: [Float]

  public init(answers: [Float], mismatched: [Float]) {
    require(answers.count == mismatched.count, "\(answers.count) answers, \(mismatched.count) to other prompts")
    (self.answers, self.mismatched) = (answers, mismatched)
  }

  /// Runs all rows of the batches of one pass through the model.
  public init(_ model: Decoder, _ batches: UnpairedBatches) throws {
    var answers = [Float](repeating: 0, count: batches.dataset.count)
    var mismatched = answers
    try withoutGradients {
      var batch = TrainingBatch(batchSize: 1, sequenceLength: 1)
      for number in 0..<batches.batchesPerEpoch where try batches.fill(&batch, number: number) {
        let count = batch.batchSize / 2
        // One forward pass each, of the shapes that training has.
        let parts = [0..<count, count..<2 * count].map { model.rowLogProbabilities(batch.rows($0)).scalars }
        for (row, example) in batch.exampleNumbers[..<count].enumerated() {
          (answers[example], mismatched[example]) = (parts[0][row], parts[1][row])
        }
      }
    }
    self.init(answers: answers, mismatched: mismatched)
  }
}

extension ReferenceCache {
  /// As for pairs.
  /// - Parameter fingerprint: also of the batches.
  public func value(
    _ fingerprint: String, count: Int, notice: (String) -> Void = { _ in },
    orCompute compute: () throws -> UnpairedReference
  ) throws -> UnpairedReference {
    let stored = try values(fingerprint, names: ["answers", "mismatched"], count: count, notice: notice) {
      let made = try compute()
      return [made.answers, made.mismatched]
    }
    return UnpairedReference(answers: stored[0], mismatched: stored[1])
  }
}
