import Autograd
import Datasets
import Kernels
import Models

/// The log-probabilities of all pairs under the reference, computed once and kept on disk.
public struct ReferenceLogProbabilities: Equatable, Sendable {
  /// Per pair.
  public let chosen: [Float]
  public let rejected: [Float]

  public init(chosen: [Float], rejected: [Float]) {
    require(chosen.count == rejected.count, "\(chosen.count) chosen answers, \(rejected.count) rejected ones")
    self.chosen = chosen
    self.rejected = rejected
  }

  /// Runs all pairs through the model.
  /// - Parameter progress: is told how many pairs are done.
  public init(
    _ model: Decoder, _ dataset: PreferenceDataset, batchSize: Int,
    progress: (Int) throws -> Void = { _ in }
  ) throws {
    var (chosen, rejected) = ([Float](), [Float]())
    try withoutGradients {
      let batches = dataset.evaluationBatches(batchSize: batchSize)
      var batch = TrainingBatch(batchSize: 1, sequenceLength: 1)
      var number = 0
      while try batches.fill(&batch, number: number) {
        let part = PairLogProbabilities(model, batch)
        chosen += part.chosen.scalars
        rejected += part.rejected.scalars
        number += 1
        try progress(chosen.count)
      }
    }
    self.init(chosen: chosen, rejected: rejected)
  }

  func tensors(_ rows: [Int]) -> (chosen: Tensor, rejected: Tensor) {
    (Tensor(rows.map { chosen[$0] }, shape: [rows.count]), Tensor(rows.map { rejected[$0] }, shape: [rows.count]))
  }
}
