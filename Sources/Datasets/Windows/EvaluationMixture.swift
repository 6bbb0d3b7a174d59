/// The evaluation windows of several texts, one text after the other.
public struct EvaluationMixture: TrainingBatchSource {
  public let texts: [EvaluationWindows]

  public init(_ texts: [EvaluationWindows]) { self.texts = texts }

  public var batchCount: Int? { texts.reduce(0) { $0 + ($1.batchCount ?? 0) } }

  @discardableResult
  public func fill(_ batch: inout TrainingBatch, number: Int) throws -> Bool {
    var number = number
    for text in texts {
      let count = text.batchCount ?? 0
      if number < count { return try text.fill(&batch, number: number) }
      number -= count
    }
    return false
  }
}
