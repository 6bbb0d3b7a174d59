/// What the block formats have in common.
enum TernaryBlocks {
  /// The first code 3 of a block, which was decoded as 2.
  static func invalidCode(
    in codes: UnsafePointer<Int8>, block: Int, blockSize: Int
  ) -> PackedTernaryError {
    let element = (0..<blockSize).first { codes[$0] == 2 } ?? 0
    return .invalidCode(element: block * blockSize + element)
  }

  /// The bits of the scale of a block: 0 when all of its values are.
  static func scaleBits(_ codes: UnsafePointer<Int8>, blockSize: Int, scale: UInt16) -> UInt16 {
    var union: Int8 = 0
    for index in 0..<blockSize { union |= codes[index] }
    return union == 0 ? 0 : scale
  }
}

/// Finds the one scale of a matrix whose blocks all carry theirs.
struct CommonScale {
  private(set) var scale: Float = 0

  /// Takes in the scale of the next block; zeros its codes when the scale makes them so.
  mutating func add(_ bits: UInt16, block: Int, codes: UnsafeMutablePointer<Int8>, blockSize: Int) throws {
    let found = Float16Conversion.float(fromBits: UInt16(littleEndian: bits))
    guard found.isFinite, found >= 0 else { throw PackedTernaryError.invalidScale(block: block, scale: found) }
    guard found != 0 else {
      codes.update(repeating: 0, count: blockSize)
      return
    }
    guard found != scale else { return }
    // A block of zeros may carry any scale.
    guard TernaryBlocks.scaleBits(codes, blockSize: blockSize, scale: 1) != 0 else { return }
    guard scale == 0 else {
      throw PackedTernaryError.differentScales(block: block, scale: found, expected: scale)
    }
    scale = found
  }
}
