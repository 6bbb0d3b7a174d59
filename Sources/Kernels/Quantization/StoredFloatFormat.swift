/// How rows of real numbers are stored in files.
package enum StoredFloatFormat: String, CaseIterable, Sendable {
  case float32 = "f32"
  case float16 = "f16"
  case bfloat16 = "bf16"
  /// Blocks of 32 signed bytes, each after its float16 scale: llama.cpp's Q8_0.
  case q8_0

  package var blockSize: Int { self == .q8_0 ? 32 : 1 }

  package func byteCount(elements: Int) -> Int {
    switch self {
    case .float32: elements * 4
    case .float16, .bfloat16: elements * 2
    case .q8_0: elements / 32 * 34
    }
  }

  /// Rounds to nearest, ties to even; in Q8_0 a block's scale is its largest magnitude / 127 and ties go away from 0.
  package func encode(_ values: UnsafeBufferPointer<Float>) -> [UInt8] {
    require(values.count.isMultiple(of: blockSize), "\(values.count) elements in blocks of \(blockSize)")
    let count = byteCount(elements: values.count)
    return [UInt8](unsafeUninitializedCapacity: count) { bytes, initialized in
      let raw = UnsafeMutableRawBufferPointer(bytes)
      switch self {
      case .float32: raw.copyMemory(from: UnsafeRawBufferPointer(values))
      case .float16:
        for (index, value) in values.enumerated() {
          raw.storeBytes(of: Float16Conversion.bits(from: value).littleEndian, toByteOffset: 2 * index, as: UInt16.self)
        }
      case .bfloat16:
        for (index, value) in values.enumerated() {
          raw.storeBytes(of: BFloat16(value).bitPattern.littleEndian, toByteOffset: 2 * index, as: UInt16.self)
        }
      case .q8_0: Self.encodeQ8(values, raw)
      }
      initialized = count
    }
  }

  private static func encodeQ8(_ values: UnsafeBufferPointer<Float>, _ bytes: UnsafeMutableRawBufferPointer) {
    for block in 0..<values.count / 32 {
      let source = values[block * 32..<block * 32 + 32]
      let scale = source.reduce(0) { max($0, $1.magnitude) } / 127
      let inverse = scale == 0 ? 0 : 1 / scale
      let bits = Float16Conversion.bits(from: scale).littleEndian
      bytes.storeBytes(of: bits, toByteOffset: block * 34, as: UInt16.self)
      for (lane, value) in source.enumerated() {
        let rounded = (value * inverse).rounded(.toNearestOrAwayFromZero)
        bytes[block * 34 + 2 + lane] = UInt8(bitPattern: rounded.isNaN ? 0 : Int8(max(-128, min(127, rounded))))
      }
    }
  }

  /// Widens exactly.
  /// - Parameter bytes: `byteCount(elements: destination.count)` of them, of any alignment.
  package func decode(_ bytes: UnsafeRawBufferPointer, into destination: UnsafeMutableBufferPointer<Float>) {
    require(
      bytes.count == byteCount(elements: destination.count),
      "\(bytes.count) bytes of \(rawValue) for \(destination.count) elements")
    func half(_ offset: Int) -> UInt16 {
      UInt16(littleEndian: bytes.loadUnaligned(fromByteOffset: offset, as: UInt16.self))
    }
    switch self {
    case .float32: UnsafeMutableRawBufferPointer(destination).copyMemory(from: bytes)
    case .float16:
      for index in destination.indices { destination[index] = Float16Conversion.float(fromBits: half(2 * index)) }
    case .bfloat16:
      for index in destination.indices { destination[index] = BFloat16(bitPattern: half(2 * index)).floatValue }
    case .q8_0:
      for block in 0..<destination.count / 32 {
        let scale = Float16Conversion.float(fromBits: half(block * 34))
        for lane in 0..<32 {
          destination[block * 32 + lane] = Float(Int8(bitPattern: bytes[block * 34 + 2 + lane])) * scale
        }
      }
    }
  }
}
