/// The data of an objective or an evaluation: numbered micro-batches.
public protocol TrainingBatchSource {
  /// Micro-batches there are; nil: without end.
  var batchCount: Int? { get }

  /// Gives `batch` the shape, the tokens and the byte counts of micro-batch `number`, which is a pure function of the
  /// number, so that a resumed run replays nothing.
  /// - Returns: false beyond the last micro-batch, with `batch` as it was.
  func fill(_ batch: inout TrainingBatch, number: Int) throws -> Bool
}
