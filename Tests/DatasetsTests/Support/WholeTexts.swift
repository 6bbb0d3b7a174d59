import Datasets

extension TextCorpus {
  /// The whole text.
  var contents: [UInt8] {
    get throws { try bytes(in: 0..<byteCount) }
  }
}

extension EvaluationWindows {
  var batches: [TrainingBatch] {
    get throws {
      var batches: [TrainingBatch] = []
      try forEachBatch { batches.append($0) }
      return batches
    }
  }
}
