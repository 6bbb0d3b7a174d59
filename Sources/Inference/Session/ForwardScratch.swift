import Architectures
import Kernels

/// The intermediate values of up to `rowCapacity` rows on their way through the layers, allocated once.
final class ForwardScratch {
  let rowCapacity: Int
  let hidden: UnsafeMutablePointer<Float>
  let normalized: UnsafeMutablePointer<Float>
  let queries: UnsafeMutablePointer<Float>
  let keys: UnsafeMutablePointer<Float>
  let values: UnsafeMutablePointer<Float>
  /// What attention or the gate gives.
  let mixed: UnsafeMutablePointer<Float>
  /// What a block adds to the residual stream.
  let projected: UnsafeMutablePointer<Float>
  let gate: UnsafeMutablePointer<Float>
  let up: UnsafeMutablePointer<Float>
  let reciprocals: UnsafeMutablePointer<Float>
  /// One for each head of each row.
  let headReciprocals: UnsafeMutablePointer<Float>
  let positions: UnsafeMutablePointer<Int32>
  private let storage: [Storage]

  /// The memory of an object of this class.
  static func byteCount(_ architecture: Architecture, rowCapacity: Int) -> Int {
    4 * rowCapacity * widths(architecture).reduce(0, +)
  }

  /// Of a row, in the order of the properties.
  private static func widths(_ architecture: Architecture) -> [Int] {
    let (hiddenSize, intermediateSize) = (architecture.hiddenSize, architecture.intermediateSize)
    let widest = max(hiddenSize, intermediateSize, architecture.querySize)
    return [
      hiddenSize, widest, architecture.querySize, architecture.keyValueSize, architecture.keyValueSize, widest,
      hiddenSize, intermediateSize, intermediateSize, 1, architecture.attentionHeadCount, 1,
    ]
  }

  init(_ architecture: Architecture, rowCapacity: Int) {
    self.rowCapacity = rowCapacity
    storage = Self.widths(architecture).map { Storage(byteCount: rowCapacity * $0 * 4) }
    var blocks = storage.makeIterator()
    func next<Element: BitwiseCopyable>() -> UnsafeMutablePointer<Element> {
      guard let block = blocks.next() else { preconditionFailure("fewer widths than properties") }
      return block.elements()
    }
    hidden = next()
    normalized = next()
    queries = next()
    keys = next()
    values = next()
    mixed = next()
    projected = next()
    gate = next()
    up = next()
    reciprocals = next()
    headReciprocals = next()
    positions = next()
  }
}
