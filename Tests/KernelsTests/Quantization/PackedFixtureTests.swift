import Foundation
import Testing

import Kernels

/// The bytes of Fixtures/packed_blocks.txt were packed by the gguf package of llama.cpp; ours are the same.
@Suite struct PackedFixtureTests {
  private static let (rows, columns) = (3, 512)
  private static let scale = Float16Conversion.roundedToFloat16(0.0371)

  private static let codes = (0..<rows * columns).map(code)
  private static let floats = (0..<rows * columns).map(float)

  private static func code(_ index: Int) -> Int8 {
    guard !(512..<768).contains(index) else { return 0 }
    let sum: Int = index * index * 7 + index * 3 + 11 * (index / 256)
    return Int8(sum % 3) - 1
  }

  private static func float(_ index: Int) -> Float {
    guard !(64..<96).contains(index) else { return 0 }
    let integer: Int = (index * 37 + index * index) % 201 - 100
    return Float(integer) * Float(sign: .plus, exponent: -(index / 32 % 12), significand: 1)
  }

  private static func expected(_ name: String) throws -> [UInt8] {
    let url = URL(filePath: #filePath).deletingLastPathComponent().deletingLastPathComponent()
      .appending(path: "Fixtures/packed_blocks.txt")
    let lines = try String(contentsOf: url, encoding: .utf8).split(separator: "\n")
    let line = try #require(lines.first { $0.hasPrefix("\(name) ") })
    let digits = Array(line.dropFirst(name.count + 1))
    return try stride(from: 0, to: digits.count, by: 2).map { index in
      try #require(UInt8(String(digits[index...index + 1]), radix: 16))
    }
  }

  @Test(arguments: [PackedTernaryFormat.tq1_0, .tq2_0])
  func ternaryBlocks(_ format: PackedTernaryFormat) throws {
    let matrix = TernaryCodes(rows: Self.rows, columns: Self.columns, scale: Self.scale, codes: Self.codes)
    let bytes = format.encode(matrix)
    #expect(try bytes == Self.expected(format.rawValue))
    let decoded = try bytes.withUnsafeBytes { try format.decode($0, rows: Self.rows, columns: Self.columns) }
    #expect(decoded == matrix)
  }

  @Test func eightBitBlocks() throws {
    let bytes = Self.floats.withUnsafeBufferPointer(StoredFloatFormat.q8_0.encode)
    #expect(try bytes == Self.expected("q8_0"))
  }
}
