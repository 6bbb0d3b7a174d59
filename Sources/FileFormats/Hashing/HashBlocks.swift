/// Cuts what is hashed into blocks of 64 bytes and pads the end, as SHA-256 and MD5 both do.
struct HashBlocks {
  private static let blockSize = 64

  /// Less than a block.
  private var rest: [UInt8] = []
  private var byteCount: UInt64 = 0

  /// Calls `compress` with whole blocks.
  mutating func update(_ bytes: UnsafeRawBufferPointer, compress: (UnsafeRawBufferPointer) -> Void) {
    byteCount += UInt64(bytes.count)
    var bytes = bytes[...]
    if !rest.isEmpty {
      let missing = bytes.prefix(Self.blockSize - rest.count)
      rest += missing
      bytes = bytes[missing.endIndex...]
      guard rest.count == Self.blockSize else { return }
      rest.withUnsafeBytes(compress)
      rest.removeAll(keepingCapacity: true)
    }
    let whole = bytes.prefix(bytes.count / Self.blockSize * Self.blockSize)
    if !whole.isEmpty { compress(UnsafeRawBufferPointer(rebasing: whole)) }
    rest += bytes[whole.endIndex...]
  }

  /// The last one or two blocks: what is left, a bit that is 1, zeros, and the number of bits.
  func ending(lengthInBigEndian: Bool) -> [UInt8] {
    var ending = rest + [0x80]
    let zeros = (2 * Self.blockSize - 8 - ending.count) % Self.blockSize
    ending += [UInt8](repeating: 0, count: zeros)
    let bits = byteCount << 3
    withUnsafeBytes(of: lengthInBigEndian ? bits.bigEndian : bits.littleEndian) { ending += $0 }
    return ending
  }
}
