/// How often the rows of files with weights are learnt in a pass over the data.
struct RowRepetitions {
  private let sources: [DataSource]
  private let orders: [SampleOrder?]

  /// - Parameter rows: of each file.
  init(_ sources: [DataSource], rows: [Int], seed: UInt64) {
    self.sources = sources
    orders = rows.enumerated().map { file, count in
      count > 0 ? SampleOrder(count: count, seed: seed &+ UInt64(file)) : nil
    }
  }

  /// The whole part of a weight counts for every row, the rest for a share of them that is drawn by seed.
  func times(ofRow number: Int, _ file: UInt16) -> Int {
    let weight = sources[Int(file)].weight
    let whole = weight.rounded(.down)
    guard weight > whole, let order = orders[Int(file)] else { return Int(whole) }
    let drawn = Int(((weight - whole) * Double(order.count)).rounded())
    return Int(whole) + (order.permuted(number, epoch: SampleOrder.repetitionEpoch) < drawn ? 1 : 0)
  }
}
