import Foundation
import Kernels

import FileFormats

/// Small GGUF files, and the bytes of broken ones.
enum GGUFFixture {
  static let metadata = GGUFMetadata([
    .init(key: "general.architecture", value: .string("bitnet")),
    .init(key: "a.u8", value: .uint8(.max)), .init(key: "a.i8", value: .int8(.min)),
    .init(key: "a.u16", value: .uint16(.max)), .init(key: "a.i16", value: .int16(.min)),
    .init(key: "a.u32", value: .uint32(.max)), .init(key: "a.i32", value: .int32(.min)),
    .init(key: "a.f32", value: .float32(1e-5)), .init(key: "a.bool", value: .boolean(true)),
    .init(key: "a.u64", value: .uint64(.max)), .init(key: "a.i64", value: .int64(.min)),
    .init(key: "a.f64", value: .float64(-0.1)), .init(key: "a.text", value: .string("naïve\u{0}")),
    .init(key: "a.strings", value: .array(GGUFArray(["a", "", "ü"]))),
    .init(key: "a.none", value: .array(GGUFArray([String]()))),
    .init(key: "a.numbers", value: .array(GGUFArray([1, -2, 3] as [Int32]))),
  ])

  static let tensors: [GGUFWriter.Tensor] = [
    .init(name: "floats", type: .float32, shape: [3, 5]),
    .init(name: "half", type: .float16, shape: [7]),
    .init(name: "brain", type: .bfloat16, shape: [2, 2]),
    .init(name: "bytes", type: .q8_0, shape: [2, 32]),
    .init(name: "nibbles", type: .q4_1, shape: [3, 64]),
    .init(name: "sixes", type: .q6_k, shape: [2, 256]),
    .init(name: "tq1", type: .tq1_0, shape: [1, 256]),
    .init(name: "tq2", type: .tq2_0, shape: [1, 256]),
    .init(name: "i2s", type: .i2_s, shape: [2, 128]),
    .init(name: "empty", type: .float32, shape: [0]),
    .init(name: "scalar", type: .float32, shape: []),
  ]

  static func write(
    to url: URL, metadata: GGUFMetadata = metadata, tensors: [GGUFWriter.Tensor] = tensors
  ) throws {
    let writer = try GGUFWriter(metadata: metadata, tensors: tensors, for: url)
    try writer.write(to: url) { tensor, file in try file.write(contents(tensor)) }
  }

  static func contents(_ tensor: GGUFWriter.Tensor) -> [UInt8] {
    let elements = tensor.shape.reduce(1, *)
    if let blocks = tensor.type.blockFormat {
      return (0..<blocks.byteCount(elements: elements)).map { UInt8(truncatingIfNeeded: $0 * 37) & 0x7B }
    }
    guard let packed = tensor.type.packedTernary else {
      return (0..<elements).map { Float($0) }.withUnsafeBufferPointer {
        tensor.type.storedFloats?.encode($0) ?? []
      }
    }
    let columns = tensor.shape.last ?? 1
    return packed.encode(
      TernaryCodes(
        rows: elements / columns, columns: columns, scale: 0.5, codes: (0..<elements).map { Int8($0 % 3) - 1 }))
  }

  /// The parts of a file of one key and one tensor, to be spoilt one at a time.
  struct Parts {
    var magic = Data("GGUF".utf8)
    var version: UInt32 = 3
    var tensorCount: Int64 = 1
    var keyCount: Int64 = 1
    var keys = key("k", type: 4, number(UInt32(7)))
    var tensors = tensor()
    var alignment = 32
    var data = Data(count: 64)

    var bytes: Data {
      var bytes = magic + number(version) + number(tensorCount) + number(keyCount) + keys + tensors
      bytes += Data(count: (alignment - bytes.count % alignment) % alignment)
      return bytes + data
    }
  }

  static func number(_ value: some FixedWidthInteger) -> Data {
    withUnsafeBytes(of: value.littleEndian) { Data($0) }
  }

  static func text(_ text: String, length: UInt64? = nil) -> Data {
    number(length ?? UInt64(text.utf8.count)) + Data(text.utf8)
  }

  static func key(_ name: String, length: UInt64? = nil, type: UInt32, _ value: Data) -> Data {
    text(name, length: length) + number(type) + value
  }

  static func tensor(
    _ name: String = "t", dimensions: [Int64] = [16], dimensionCount: UInt32? = nil, type: UInt32 = 0,
    offset: UInt64 = 0
  ) -> Data {
    text(name) + number(dimensionCount ?? UInt32(dimensions.count)) + dimensions.reduce(Data()) { $0 + number($1) }
      + number(type) + number(offset)
  }
}
