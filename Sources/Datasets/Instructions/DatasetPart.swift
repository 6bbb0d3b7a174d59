/// Which rows of a file are meant.
public enum DatasetPart: String, Sendable {
  case training
  /// Those held out by `validationFraction`, or the file of `validationPath`.
  case validation
}

/// Divides the rows of a file into training and validation, by seed.
struct HoldOut {
  private let order: SampleOrder
  private let heldOutCount: Int

  /// Holds out a share of the rows, but at least one, and leaves at least one.
  init(rows: Int, fraction: Double, seed: UInt64) {
    order = SampleOrder(count: rows, seed: seed)
    heldOutCount = max(1, min(rows - 1, Int((Double(rows) * fraction).rounded())))
  }

  func contains(_ row: Int, in part: DatasetPart) -> Bool {
    let isHeldOut = order.permuted(row, epoch: SampleOrder.holdOutEpoch) < heldOutCount
    return isHeldOut == (part == .validation)
  }
}
