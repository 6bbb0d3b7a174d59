import FileFormats

/// What a message says about whether it is to be learnt, in the spellings of several tools.
struct LearningMark: Equatable {
  let key: String
  let isLearnt: Bool

  /// 1 or true: learnt. 0 or false: not.
  private static let weights = [
    "weight", "loss_weight", "train", "training", "trainable", "train_on", "loss", "loss_mask",
  ]
  /// The other way round, and never a number, which would be read in both ways.
  private static let masks = ["mask", "masked"]
  static let keys = weights + masks

  /// - Parameter place: of the message, for messages about it.
  /// - Returns: nil when the message says nothing.
  /// - Throws: `RowProblem.unsupported` for shares of a loss, other values, and marks that contradict each other.
  static func read(_ members: [String: JSONValue], place: String) throws(RowProblem) -> LearningMark? {
    var result: LearningMark?
    for key in keys {
      guard let value = members[key], value != .null else { continue }
      let isMask = masks.contains(key)
      let isLearnt: Bool
      switch (value, isMask) {
      case (.boolean(let flag), _): isLearnt = flag != isMask
      case (.integer(0), false), (.number(0), false): isLearnt = false
      case (.integer(1), false), (.number(1), false): isLearnt = true
      default:
        let right = isMask ? "true (not learnt) or false (learnt)" : "0 or false (not learnt), 1 or true (learnt)"
        throw .unsupported(key: key, reason: "\(place) is \(value.kind), expected \(right)")
      }
      if let first = result, first.isLearnt != isLearnt {
        throw .unsupported(key: key, reason: "\(place) contradicts \"\(first.key)\"")
      }
      result = result ?? LearningMark(key: key, isLearnt: isLearnt)
    }
    return result
  }
}
