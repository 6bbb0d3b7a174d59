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
    let (hiddenSize, intermediateSize) = (architecture.hiddenSize, architecture.intermediateSize)
    let widest = max(hiddenSize, intermediateSize, architecture.querySize)
    let perRow =
      2 * (hiddenSize + widest + architecture.keyValueSize + intermediateSize) + architecture.querySize
      + architecture.attentionHeadCount + 2
    return rowCapacity * perRow * 4
  }

  var byteCount: Int { storage.reduce(0) { $0 + $1.byteCount } }

  init(_ architecture: Architecture, rowCapacity: Int) {
    self.rowCapacity = rowCapacity
    let (hiddenSize, intermediateSize) = (architecture.hiddenSize, architecture.intermediateSize)
    let querySize = architecture.querySize
    let widest = max(hiddenSize, intermediateSize, querySize)
    let keyValueSize = architecture.keyValueSize
    var blocks: [Storage] = []
    func floats(_ width: Int) -> UnsafeMutablePointer<Float> {
      let block = Storage(byteCount: rowCapacity * width * 4)
      blocks.append(block)
      return block.elements()
    }
    hidden = floats(hiddenSize)
    normalized = floats(widest)
    queries = floats(querySize)
    keys = floats(keyValueSize)
    values = floats(keyValueSize)
    mixed = floats(widest)
    projected = floats(hiddenSize)
    gate = floats(intermediateSize)
    up = floats(intermediateSize)
    reciprocals = floats(1)
    headReciprocals = floats(architecture.attentionHeadCount)
    let positionBlock = Storage(byteCount: rowCapacity * 4)
    positions = positionBlock.elements()
    storage = blocks + [positionBlock]
  }
}
