/// A curve in one word of block characters: the means of equal parts of all values so far.
struct Sparkline {
  private static let blocks: [Character] = ["▁", "▂", "▃", "▄", "▅", "▆", "▇", "█"]

  private let width: Int
  /// Means of `length` values each, the last one perhaps of fewer.
  private var parts: [(sum: Double, count: Int)] = []
  private var length = 1

  /// - Parameter width: characters at most.
  init(width: Int) {
    precondition(width > 0, "a curve of \(width) characters")
    self.width = width
  }

  /// Numbers that are not finite are left out.
  mutating func add(_ value: Double) {
    guard value.isFinite else { return }
    if let last = parts.last, last.count < length {
      parts[parts.count - 1] = (last.sum + value, last.count + 1)
    } else {
      parts.append((value, 1))
    }
    guard parts.count > width else { return }
    parts = stride(from: 0, to: parts.count, by: 2).map { first in
      let pair = parts[first..<min(first + 2, parts.count)]
      return (pair.reduce(0) { $0 + $1.sum }, pair.reduce(0) { $0 + $1.count })
    }
    length *= 2
  }

  /// From the lowest mean to the highest; nothing before there are two of them.
  var text: String {
    let means = parts.map { $0.sum / Double($0.count) }
    guard let low = means.min(), let high = means.max(), means.count > 1 else { return "" }
    let highest = Double(Self.blocks.count - 1)
    return String(
      means.map {
        Self.blocks[high > low ? Int(((($0 - low) / (high - low)) * highest).rounded()) : Self.blocks.count / 2]
      })
  }
}
