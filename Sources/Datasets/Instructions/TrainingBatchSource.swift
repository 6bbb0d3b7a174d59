/// Where an objective gets its micro-batches from.
public protocol TrainingBatchSource {
  /// Micro-batches of the run; nil: without end.
  var batchCount: Int? { get }

  /// Gives `batch` the shape and the tokens of micro-batch `number`, which is a pure function of the number, so that a
  /// resumed run replays nothing.
  /// - Returns: false beyond the last micro-batch of the run, with `batch` as it was.
  func fill(_ batch: inout TrainingBatch, number: Int) throws -> Bool
}
