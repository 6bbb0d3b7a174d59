import Foundation
import Testing

import Kernels

/// The values of Fixtures/block_formats.txt are those of the gguf package of llama.cpp; ours have the same bits.
@Suite struct BlockFormatTests {
  /// The packed bytes and the bits of the values of a format.
  private static func fixture(_ format: BlockFormat) throws -> (bytes: [UInt8], values: [UInt32]) {
    let url = URL(filePath: #filePath).deletingLastPathComponent().deletingLastPathComponent()
      .appending(path: "Fixtures/block_formats.txt")
    let lines = try String(contentsOf: url, encoding: .utf8).split(separator: "\n")
    let fields = try #require(lines.map { $0.split(separator: " ") }.first { $0.first == "\(format)" })
    let (bytes, values) = try (hexadecimal(fields[1]), hexadecimal(fields[2]))
    return (
      bytes,
      stride(from: 0, to: values.count, by: 4).map { start in
        (0..<4).reduce(0) { $0 | UInt32(values[start + $1]) << (8 * $1) }
      }
    )
  }

  private static func hexadecimal(_ text: Substring) throws -> [UInt8] {
    let digits = Array(text)
    return try stride(from: 0, to: digits.count, by: 2).map { index in
      try #require(UInt8(String(digits[index...index + 1]), radix: 16))
    }
  }

  private static func decoded(_ bytes: some Collection<UInt8>, _ format: BlockFormat, elements: Int) -> [UInt32] {
    var values = [Float](repeating: .nan, count: elements)
    // Odd addresses: tensors lie anywhere in a file.
    let shifted = [0] + Array(bytes)
    shifted.withUnsafeBytes { source in
      values.withUnsafeMutableBufferPointer {
        format.decode(UnsafeRawBufferPointer(rebasing: source[1...]), into: $0)
      }
    }
    return values.bitPatterns
  }

  @Test(arguments: BlockFormat.allCases) func valuesHaveTheBitsOfTheReference(_ format: BlockFormat) throws {
    let (bytes, values) = try Self.fixture(format)
    #expect(values.count == 512 && bytes.count == format.byteCount(elements: 512))
    expectSame(Self.decoded(bytes, format, elements: 512), values, "\(format)")
  }

  @Test(arguments: BlockFormat.allCases) func oneBlockAloneIsThatBlock(_ format: BlockFormat) throws {
    let (bytes, values) = try Self.fixture(format)
    for block in 0..<512 / format.blockSize {
      let range = block * format.blockBytes..<(block + 1) * format.blockBytes
      expectSame(
        Self.decoded(bytes[range], format, elements: format.blockSize),
        Array(values[block * format.blockSize..<(block + 1) * format.blockSize]), "\(format), block \(block)")
    }
  }

  @Test(arguments: BlockFormat.allCases, Placement.allCases)
  func nothingOutsideIsTouched(_ format: BlockFormat, _ placement: Placement) throws {
    let (bytes, values) = try Self.fixture(format)
    let source = GuardedBuffer(bytes, placement)
    let destination = GuardedBuffer<Float>(repeating: 0, count: 512, placement)
    format.decode(
      UnsafeRawBufferPointer(start: source.pointer, count: bytes.count),
      into: UnsafeMutableBufferPointer(start: destination.pointer, count: 512))
    expectSame(destination.elements.bitPatterns, values, "\(format)")
    expectIntact(source, destination)
  }

  @Test(arguments: BlockFormat.allCases) func noBytesAreNoValues(_ format: BlockFormat) {
    #expect(Self.decoded([], format, elements: 0).isEmpty)
  }
}
