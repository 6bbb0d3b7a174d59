import Foundation
import Testing

import Kernels

@Suite struct PackedTernaryTests {
  private func matrix(rows: Int, columns: Int, scale: Float, seed: UInt64) -> TernaryCodes {
    var state = seed
    let codes = (0..<rows * columns).map { _ in
      state = state &* 6_364_136_223_846_793_005 &+ 1_442_695_040_888_963_407
      return Int8(state >> 33 % 3) - 1
    }
    return TernaryCodes(rows: rows, columns: columns, scale: scale, codes: codes)
  }

  @Test(arguments: PackedTernaryFormat.allCases)
  func comesBack(_ format: PackedTernaryFormat) throws {
    for (rows, columns) in [(1, 256), (3, 512), (16, 768), (5, 6912)] {
      let original = matrix(rows: rows, columns: columns, scale: 0.25, seed: UInt64(columns))
      let bytes = format.encode(original)
      #expect(bytes.count == format.byteCount(codes: rows * columns))
      let decoded = try bytes.withUnsafeBytes { try format.decode($0, rows: rows, columns: columns) }
      #expect(decoded == original, "[\(rows), \(columns)]")
    }
  }

  /// Written from the description of the layout, element by element, not from the codec.
  @Test(arguments: [128, 256, 384, 640, 2560, 6912])
  func i2sAgainstAnIndependentDecoder(columns: Int) {
    let original = matrix(rows: 3, columns: columns, scale: 0.0123, seed: 7)
    let bytes = PackedTernaryFormat.i2_s.encode(original)
    let count = 3 * columns
    #expect(bytes.count == count / 4 + 32)
    for index in 0..<count {
      let (block, place) = index.quotientAndRemainder(dividingBy: 128)
      let byte = bytes[block * 32 + place % 32]
      let shift = 6 - 2 * (place / 32)
      #expect(Int(byte >> shift & 3) - 1 == Int(original.codes[index]), "element \(index)")
    }
    let bits = (0..<4).reduce(UInt32(0)) { $0 | UInt32(bytes[count / 4 + $1]) << (8 * $1) }
    #expect(Float(bitPattern: bits) == original.scale)
    #expect(bytes[(count / 4 + 4)...].allSatisfy { $0 == 0 })
  }

  @Test(arguments: [PackedTernaryFormat.i2_s, .tq2_0])
  func refusesTheFourthCode(_ format: PackedTernaryFormat) {
    var bytes = format.encode(matrix(rows: 2, columns: 256, scale: 1, seed: 3))
    bytes[3] |= 0b1100
    #expect(throws: PackedTernaryError.self) {
      try bytes.withUnsafeBytes { try format.decode($0, rows: 2, columns: 256) }
    }
  }

  @Test(arguments: PackedTernaryFormat.allCases)
  func refusesScales(_ format: PackedTernaryFormat) {
    let original = matrix(rows: 1, columns: 512, scale: 0.5, seed: 5)
    for scale: Float in [.nan, .infinity, -1] {
      var bytes = format.encode(original)
      if format == .i2_s {
        withUnsafeBytes(of: scale.bitPattern.littleEndian) { bytes.replaceSubrange(128..<132, with: $0) }
      } else {
        let bits = Float16Conversion.bits(from: scale).littleEndian
        let end = bytes.count
        withUnsafeBytes(of: bits) { bytes.replaceSubrange(end - 2..<end, with: $0) }
      }
      #expect(throws: PackedTernaryError.self, "\(scale)") {
        try bytes.withUnsafeBytes { try format.decode($0, rows: 1, columns: 512) }
      }
    }
  }

  @Test(arguments: [PackedTernaryFormat.tq1_0, .tq2_0])
  func refusesTwoScales(_ format: PackedTernaryFormat) {
    var bytes = format.encode(matrix(rows: 1, columns: 512, scale: 0.5, seed: 5))
    let other = Float16Conversion.bits(from: 0.25).littleEndian
    let end = bytes.count
    withUnsafeBytes(of: other) { bytes.replaceSubrange(end - 2..<end, with: $0) }
    #expect(throws: PackedTernaryError.differentScales(block: 1, scale: 0.25, expected: 0.5)) {
      try bytes.withUnsafeBytes { try format.decode($0, rows: 1, columns: 512) }
    }
  }

  @Test func kernelsGetTheSameMatrix() {
    let original = matrix(rows: 21, columns: 128, scale: 0.125, seed: 9)
    let repacked = TernaryMatrix(original)
    #expect(TernaryCodes(repacked) == original)
    // Padding included, it is the matrix that quantisation makes of the same values.
    let values = original.codes.map { Float($0) }
    let quantized = values.withUnsafeBufferPointer {
      TernaryMatrix(quantizing: $0.baseAddress!, rows: 21, columns: 128, configuration: BitLinearConfiguration())
    }
    #expect(repacked.differences(from: quantized) == 0)
  }

  @Test(arguments: StoredFloatFormat.allCases)
  func floatsComeBackRounded(_ format: StoredFloatFormat) {
    let values = (0..<256).map { Float($0 - 128) * 0.03 }
    let bytes = values.withUnsafeBufferPointer(format.encode)
    var decoded = [Float](repeating: .nan, count: values.count)
    bytes.withUnsafeBytes { source in decoded.withUnsafeMutableBufferPointer { format.decode(source, into: $0) } }
    let tolerance: Float = [.float32: 0, .float16: 0.002, .bfloat16: 0.01, .q8_0: 0.02][format] ?? 0
    for (value, back) in zip(values, decoded) { #expect((value - back).magnitude <= tolerance, "\(value) \(back)") }
    // Once rounded, nothing changes any more.
    let again = decoded.withUnsafeBufferPointer(format.encode)
    if format != .q8_0 { #expect(again == bytes) }
  }
}
