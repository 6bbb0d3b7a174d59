import Foundation
import Kernels
import Testing
import TestSupport

import FileFormats

/// Tensors of llama.cpp's block types in a file: their sizes, their values row by row, and what is refused.
@Suite struct GGUFBlockTypeTests {
  private static let blockTypes = GGUFTensorType.allCases.filter { $0.blockFormat != nil }

  private func problem(_ contents: Data) throws -> GGUFError.Problem? {
    let directory = try TemporaryDirectory()
    do {
      _ = try GGUFFile(directory.file("blocks.gguf", contents))
      return nil
    } catch let error as GGUFError {
      return error.problem
    }
  }

  /// A file of one tensor with so many data bytes.
  private func parts(_ type: GGUFTensorType, dimensions: [Int64], bytes: Int) -> Data {
    var parts = GGUFFixture.Parts()
    parts.tensors = GGUFFixture.tensor(dimensions: dimensions, type: type.rawValue)
    parts.data = Data(count: bytes)
    return parts.bytes
  }

  @Test func everyTypeHasACodecOfItsSize() {
    #expect(Self.blockTypes.map(\.blockFormat) == BlockFormat.allCases)
    #expect(Self.blockTypes.map(\.rawValue) == [2, 3, 6, 7, 10, 11, 12, 13, 14])
    for type in GGUFTensorType.allCases {
      let codecs: [(size: Int, bytes: Int)] = [
        type.blockFormat.map { ($0.blockSize, $0.blockBytes) },
        type.storedFloats.map { ($0.blockSize, $0.byteCount(elements: $0.blockSize)) },
        type.packedTernary.map { ($0.blockSize, $0.blockBytes) },
      ].compactMap { $0 }
      #expect(codecs.count == 1)
      #expect(codecs.allSatisfy { $0.size == type.blockSize }, "\(type)")
      let tail = type == .i2_s ? 32 : 0
      #expect(codecs.allSatisfy { type.byteCount(elements: 3 * $0.size) == 3 * $0.bytes + tail }, "\(type)")
    }
  }

  @Test(arguments: blockTypes) func aRowMoreOrAByteLessIsRefused(_ type: GGUFTensorType) throws {
    let columns = Int64(2 * type.blockSize)
    let bytes = try #require(type.byteCount(elements: 3 * Int(columns)))
    #expect(try problem(parts(type, dimensions: [columns, 3], bytes: bytes)) == nil)
    for (rows, bytes) in [(Int64(3), bytes - 1), (4, bytes), (1 << 40, bytes), (.max / columns, bytes)] {
      guard case .cutOff? = try problem(parts(type, dimensions: [columns, rows], bytes: bytes)) else {
        Issue.record("\(rows) rows in \(bytes) bytes of \(type)")
        continue
      }
    }
  }

  @Test(arguments: blockTypes) func rowsAreWholeBlocks(_ type: GGUFTensorType) throws {
    let columns = type.blockSize + type.blockSize / 2
    let reason = "rows of \(columns) elements, but \(type.name) has blocks of \(type.blockSize)"
    #expect(
      try problem(parts(type, dimensions: [Int64(columns), 2], bytes: 4096)) == .invalidTensor(name: "t", reason))
  }

  @Test(arguments: [
    (9, "Q8_1"), (15, "Q8_K"), (16, "IQ2_XXS"), (17, "IQ2_XS"), (18, "IQ3_XXS"), (19, "IQ1_S"), (20, "IQ4_NL"),
    (21, "IQ3_S"), (22, "IQ2_S"), (23, "IQ4_XS"), (29, "IQ1_M"), (40, "NVFP4"), (42, "Q2_0"),
  ])
  func othersAreRefusedByName(id: UInt32, name: String) throws {
    var parts = GGUFFixture.Parts()
    parts.tensors = GGUFFixture.tensor(type: id)
    #expect(try problem(parts.bytes) == .unsupportedType(tensor: "t", id: id, name: name))
  }

  @Test func nibblesTimesTheScale() throws {
    let directory = try TemporaryDirectory()
    let url = directory.url.appending(path: "a.gguf")
    let tensor = GGUFWriter.Tensor(name: "t", type: .q4_0, shape: [2, 32])
    let writer = try GGUFWriter(metadata: GGUFMetadata(), tensors: [tensor], for: url)
    try writer.write(to: url) { _, file in
      // Element j is j − 8 in the first half and 7 − j in the second, times 0.5 in row 0 and −2 in row 1.
      for scale: UInt16 in [0x3800, 0xC000] {
        try file.write(Array(GGUFFixture.number(scale)) + (0..<16).map { UInt8($0 | (15 - $0) << 4) })
      }
    }
    let halves = (0..<16).map { Float($0 - 8) } + (0..<16).map { Float(7 - $0) }
    #expect(try GGUFFile(url).floats(of: "t") == halves.map { $0 * 0.5 } + halves.map { $0 * -2 })
  }

  /// Every type, in every way of cutting its rows.
  @Test func partsOfATensorAreThoseOfTheWhole() throws {
    let directory = try TemporaryDirectory()
    let url = directory.url.appending(path: "a.gguf")
    let tensors = GGUFTensorType.allCases.map {
      GGUFWriter.Tensor(name: $0.name, type: $0, shape: [5, 2 * max($0.blockSize, 32)])
    }
    try GGUFFixture.write(to: url, tensors: tensors)
    let file = try GGUFFile(url)
    for tensor in file.tensors {
      let whole = try file.floats(of: tensor.name)
      #expect(Set(whole).count > 2)
      for first in 0...tensor.rows {
        for last in first...tensor.rows {
          let count = (last - first) * tensor.columns
          let part = try [Float](unsafeUninitializedCapacity: count) { buffer, initialized in
            let destination = UnsafeMutableBufferPointer(rebasing: buffer[..<count])
            try file.decodeRows(tensor, rows: first..<last, into: destination)
            initialized = count
          }
          let expected = Array(whole[first * tensor.columns..<last * tensor.columns])
          #expect(part.map(\.bitPattern) == expected.map(\.bitPattern), "\(tensor.name), rows \(first)..<\(last)")
        }
      }
    }
  }

  @Test func theOtherLayoutOfI2SIsReadOnRequest() throws {
    let directory = try TemporaryDirectory()
    let url = directory.url.appending(path: "a.gguf")
    let tensor = GGUFWriter.Tensor(name: "t", type: .i2_s, shape: [2, 128])
    let codes = (0..<256).map { ($0 * $0 + $0 / 7) % 3 }
    let writer = try GGUFWriter(metadata: GGUFMetadata(), tensors: [tensor], for: url)
    try writer.write(to: url) { _, file in
      var bytes = [UInt8](repeating: 0, count: 64 + 32)
      for (index, code) in codes.enumerated() {
        bytes[index / 64 * 16 + index % 16] |= UInt8(code) << UInt8(6 - index % 64 / 16 * 2)
      }
      bytes.replaceSubrange(64..<68, with: GGUFFixture.number(Float(0.25).bitPattern))
      try file.write(bytes)
    }
    let file = try GGUFFile(url)
    #expect(try file.floats(of: "t", i2sLayout: .blocksOf64) == codes.map { Float($0 - 1) * 0.25 })
    #expect(try file.floats(of: "t") != file.floats(of: "t", i2sLayout: .blocksOf64))
    let second = try file.ternaryCodes(of: file.tensor("t"), rows: 1..<2, i2sLayout: .blocksOf64)
    #expect(second.codes == codes[128...].map { Int8($0) - 1 } && second.rows == 1 && second.scale == 0.25)
  }
}
