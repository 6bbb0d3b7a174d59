/// TQ1_0 of llama.cpp: 52 bytes of base-3 digits and a float16 scale for 256 elements.
///
/// Byte m < 32 holds elements m, 32+m … 128+m, byte 32+m (m < 16) elements 160+m, 176+m … 224+m, byte 48+m (m < 4)
/// elements 240+m … 252+m and a zero digit; the first element is the most significant digit. The number v < 243 is
/// stored as ceil(256·v / 243), so that multiplying by 3 in 8 bits brings one digit after the other to the top.
enum TQ1 {
  static let blockSize = 256
  static let blockBytes = 54
  /// Bytes, where they start, where their elements start, and how many digits they hold.
  private static let runs = [
    (lanes: 32, byte: 0, element: 0, digits: 5), (lanes: 16, byte: 32, element: 160, digits: 5),
    (lanes: 4, byte: 48, element: 240, digits: 4),
  ]

  static func encode(_ codes: UnsafePointer<Int8>, count: Int, scale: Float, into bytes: UnsafeMutablePointer<UInt8>) {
    let scaleBits = Float16Conversion.bits(from: scale)
    for block in 0..<count / blockSize {
      let (source, destination) = (codes + block * blockSize, bytes + block * blockBytes)
      for run in runs {
        for lane in 0..<run.lanes {
          var number: UInt16 = 0
          for digit in 0..<5 {
            let code = digit < run.digits ? source[run.element + digit * run.lanes + lane] + 1 : 0
            number = number * 3 + UInt16(code)
          }
          destination[run.byte + lane] = UInt8((number * 256 + 242) / 243)
        }
      }
      let bits = TernaryBlocks.scaleBits(source, blockSize: blockSize, scale: scaleBits)
      UnsafeMutableRawPointer(destination + 52).storeBytes(of: bits.littleEndian, as: UInt16.self)
    }
  }

  static func decode(_ bytes: UnsafeRawPointer, count: Int, into codes: UnsafeMutablePointer<Int8>) throws -> Float {
    let packed = bytes.assumingMemoryBound(to: UInt8.self)
    var common = CommonScale()
    for block in 0..<count / blockSize {
      let (source, destination) = (packed + block * blockBytes, codes + block * blockSize)
      for run in runs {
        for lane in 0..<run.lanes {
          var byte = source[run.byte + lane]
          for digit in 0..<run.digits {
            destination[run.element + digit * run.lanes + lane] = Int8((UInt16(byte) * 3) >> 8) - 1
            byte = byte &* 3
          }
        }
      }
      let bits = UnsafeRawPointer(source + 52).loadUnaligned(as: UInt16.self)
      try common.add(bits, block: block, codes: destination, blockSize: blockSize)
    }
    return common.scale
  }
}
