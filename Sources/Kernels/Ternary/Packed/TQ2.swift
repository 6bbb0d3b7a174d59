/// TQ2_0 of llama.cpp: 64 code bytes and a float16 scale for 256 elements. Byte 32h + m holds the codes of elements
/// 128h + {m, 32+m, 64+m, 96+m} from the low bits up.
enum TQ2 {
  static let blockSize = 256
  static let blockBytes = 66

  static func encode(_ codes: UnsafePointer<Int8>, count: Int, scale: Float, into bytes: UnsafeMutablePointer<UInt8>) {
    let scaleBits = Float16Conversion.bits(from: scale)
    for block in 0..<count / blockSize {
      let (source, destination) = (codes + block * blockSize, bytes + block * blockBytes)
      for half in 0..<2 {
        let values = source + 128 * half
        for lane in 0..<32 {
          let (first, second) = (UInt8(values[lane] + 1), UInt8(values[32 + lane] + 1))
          let (third, fourth) = (UInt8(values[64 + lane] + 1), UInt8(values[96 + lane] + 1))
          destination[32 * half + lane] = first | second << 2 | third << 4 | fourth << 6
        }
      }
      let bits = TernaryBlocks.scaleBits(source, blockSize: blockSize, scale: scaleBits)
      UnsafeMutableRawPointer(destination + 64).storeBytes(of: bits.littleEndian, as: UInt16.self)
    }
  }

  static func decode(_ bytes: UnsafeRawPointer, count: Int, into codes: UnsafeMutablePointer<Int8>) throws -> Float {
    let packed = bytes.assumingMemoryBound(to: UInt8.self)
    var common = CommonScale()
    for block in 0..<count / blockSize {
      let (source, destination) = (packed + block * blockBytes, codes + block * blockSize)
      var invalid: UInt8 = 0
      for half in 0..<2 {
        let values = destination + 128 * half
        for lane in 0..<32 {
          let byte = source[32 * half + lane]
          invalid |= byte & byte >> 1 & 0x55
          values[lane] = Int8(byte & 3) - 1
          values[32 + lane] = Int8(byte >> 2 & 3) - 1
          values[64 + lane] = Int8(byte >> 4 & 3) - 1
          values[96 + lane] = Int8(byte >> 6) - 1
        }
      }
      if invalid != 0 { throw TernaryBlocks.invalidCode(in: destination, block: block, blockSize: blockSize) }
      let bits = UnsafeRawPointer(source + 64).loadUnaligned(as: UInt16.self)
      try common.add(bits, block: block, codes: destination, blockSize: blockSize)
    }
    return common.scale
  }
}
