/// I2_S of bitnet.cpp: byte g of a block of 128 holds the codes of elements g, 32+g, 64+g, 96+g from the high bits
/// down. The float32 scale follows the last block, in a tail of 32 bytes.
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

  static func decode(_ bytes: UnsafeRawPointer, count: Int, into codes: UnsafeMutablePointer<Int8>) throws -> Float {
    let packed = bytes.assumingMemoryBound(to: UInt8.self)
    for block in 0..<count / blockSize {
      let (source, destination) = (packed + block * blockBytes, codes + block * blockSize)
      var invalid: UInt8 = 0
      for lane in 0..<blockBytes {
        let byte = source[lane]
        invalid |= byte & byte >> 1 & 0x55
        destination[lane] = Int8(byte >> 6) - 1
        destination[32 + lane] = Int8(byte >> 4 & 3) - 1
        destination[64 + lane] = Int8(byte >> 2 & 3) - 1
        destination[96 + lane] = Int8(byte & 3) - 1
      }
      if invalid != 0 { throw TernaryBlocks.invalidCode(in: destination, block: block, blockSize: blockSize) }
    }
    let tail = bytes + count / blockSize * blockBytes
    let scale = Float(bitPattern: UInt32(littleEndian: tail.loadUnaligned(as: UInt32.self)))
    guard scale.isFinite, scale >= 0 else { throw PackedTernaryError.invalidScale(block: 0, scale: scale) }
    return scale
  }
}
