/// I2_S of bitnet.cpp: byte g of a block of 128 holds the codes of elements g, 32+g, 64+g, 96+g from the high bits
/// down. The float32 scale follows the last block, in a tail of 32 bytes. `I2SLayout` names the other order that is read.
enum I2S {
  static let blockSize = 128
  static let blockBytes = 32
  static let tailBytes = 32

  static func encode(_ codes: UnsafePointer<Int8>, count: Int, scale: Float, into bytes: UnsafeMutablePointer<UInt8>) {
    for block in 0..<count / blockSize {
      let (source, destination) = (codes + block * blockSize, bytes + block * blockBytes)
      for lane in 0..<blockBytes {
        let (first, second) = (UInt8(source[lane] + 1), UInt8(source[32 + lane] + 1))
        let (third, fourth) = (UInt8(source[64 + lane] + 1), UInt8(source[96 + lane] + 1))
        destination[lane] = first << 6 | second << 4 | third << 2 | fourth
      }
    }
    UnsafeMutableRawPointer(bytes + count / blockSize * blockBytes)
      .storeBytes(of: scale.bitPattern.littleEndian, as: UInt32.self)
  }

  /// The codes of whole blocks.
  static func decode(
    _ bytes: UnsafeRawPointer, count: Int, layout: I2SLayout, into codes: UnsafeMutablePointer<Int8>
  ) throws {
    let packed = bytes.assumingMemoryBound(to: UInt8.self)
    let lanes = layout.lanes
    for block in 0..<count / layout.blockSize {
      let (source, destination) = (packed + block * lanes, codes + block * layout.blockSize)
      var invalid: UInt8 = 0
      for lane in 0..<lanes {
        let byte = source[lane]
        invalid |= byte & byte >> 1 & 0x55
        destination[lane] = Int8(byte >> 6) - 1
        destination[lanes + lane] = Int8(byte >> 4 & 3) - 1
        destination[2 * lanes + lane] = Int8(byte >> 2 & 3) - 1
        destination[3 * lanes + lane] = Int8(byte & 3) - 1
      }
      if invalid != 0 {
        throw TernaryBlocks.invalidCode(in: destination, block: block, blockSize: layout.blockSize)
      }
    }
  }

  /// The scale at the front of the tail.
  static func scale(_ tail: UnsafeRawPointer) throws -> Float {
    let scale = Float(bitPattern: UInt32(littleEndian: tail.loadUnaligned(as: UInt32.self)))
    guard scale.isFinite, scale >= 0 else { throw PackedTernaryError.invalidScale(block: 0, scale: scale) }
    return scale
  }
}

/// Which elements share a byte of I2_S. Nothing in a file says so: its reader has to know who wrote it.
///
/// With the wrong one a matrix still decodes, to the codes of every block of 128 in another order: text that comes out
/// as gibberish is the only sign.
public enum I2SLayout: String, CaseIterable, Sendable {
  /// Byte g of a block of 128 holds elements g, 32+g, 64+g, 96+g. What bitnet.cpp writes on x86, on every machine until
  /// its end of 2025, and what the published file of BitNet b1.58 2B4T has; what is written here.
  case blocksOf128 = "128"
  /// Byte g of a block of 64 holds elements g, 16+g, 32+g, 48+g: bitnet.cpp since then, where it runs on ARM.
  case blocksOf64 = "64"

  /// Elements of a block.
  package var blockSize: Int { 4 * lanes }
  /// Bytes of a block.
  package var lanes: Int { self == .blocksOf128 ? 32 : 16 }
}
