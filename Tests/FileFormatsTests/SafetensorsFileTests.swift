import Foundation
import Kernels
import Testing
import TestSupport

import FileFormats

@Suite struct SafetensorsFileTests {
  /// Written by safetensors 0.8.0 (`safetensors.torch.save`) from: z = int64 7; b = float32 [[1, -2.5], [0.1, 3e38]];
  /// empty = float32 of shape [0, 3]; c = bfloat16 [1, -3.140625]; a"ü = float16 [1.5, -0.25, 65504, 5.96e-8];
  /// mask = bool [true, false, true].
  private static let reference =
    Data(
      base64Encoded: """
        eAEAAAAAAAB7Il9fbWV0YWRhdGFfXyI6eyJmb3JtYXQiOiJwdCJ9LCJ6Ijp7ImR0eXBlIjoiSTY0Iiwic2hhcGUiOltdLCJkYXRh
        X29mZnNldHMiOlswLDhdfSwiYiI6eyJkdHlwZSI6IkYzMiIsInNoYXBlIjpbMiwyXSwiZGF0YV9vZmZzZXRzIjpbOCwyNF19LCJl
        bXB0eSI6eyJkdHlwZSI6IkYzMiIsInNoYXBlIjpbMCwzXSwiZGF0YV9vZmZzZXRzIjpbMjQsMjRdfSwiYyI6eyJkdHlwZSI6IkJG
        MTYiLCJzaGFwZSI6WzJdLCJkYXRhX29mZnNldHMiOlsyNCwyOF19LCJhXCLDvCI6eyJkdHlwZSI6IkYxNiIsInNoYXBlIjpbNF0s
        ImRhdGFfb2Zmc2V0cyI6WzI4LDM2XX0sIm1hc2siOnsiZHR5cGUiOiJCT09MIiwic2hhcGUiOlszXSwiZGF0YV9vZmZzZXRzIjpb
        MzYsMzldfX0gBwAAAAAAAAAAAIA/AAAgwM3MzD3msWF/gD9JwAA+ALT/ewEAAQAB
        """, options: .ignoreUnknownCharacters) ?? Data()

  @Test func readsTheReferenceFile() throws {
    let directory = try TemporaryDirectory()
    let file = try SafetensorsFile(directory.file("reference.safetensors", Self.reference))
    #expect(file.metadata == ["format": "pt"])
    #expect(file.tensors.count == 6)
    #expect(try file.tensor("b").shape == [2, 2])
    #expect(try file.floats(of: "b") == [1, -2.5, 0.1, 3e38])
    #expect(try file.floats(of: "c") == [1, -3.140625])
    #expect(try file.bfloat16s(of: "c") == [BFloat16(1), BFloat16(-3.140625)])
    #expect(try file.floats(of: "a\"ü") == [1.5, -0.25, 65504, 0x1p-24])
    #expect(try file.floats(of: "empty").isEmpty)
    #expect(try file.tensor("z").elementCount == 1)
    #expect(try Array(file.bytes(of: "z")) == [7, 0, 0, 0, 0, 0, 0, 0])
    #expect(try Array(file.bytes(of: "mask")) == [1, 0, 1])
  }

  @Test func writesTheReferenceFileByteForByte() throws {
    let directory = try TemporaryDirectory()
    let url = directory.url.appendingPathComponent("own.safetensors")
    let half: [UInt16] = [0x3E00, 0xB400, 0x7BFF, 1]
    let entries = [
      SafetensorsWriter.Entry(name: "mask", dataType: .bool, shape: [3]) { sink in
        for byte: UInt8 in [1, 0, 1] { try withUnsafeBytes(of: byte, sink) }
      },
      SafetensorsWriter.Entry(name: "a\"ü", dataType: .float16, shape: [4]) { try half.withUnsafeBytes($0) },
      SafetensorsWriter.Entry(name: "b", shape: [2, 2], floats: [1, -2.5, 0.1, 3e38]),
      SafetensorsWriter.Entry(name: "c", shape: [2], bfloat16s: [BFloat16(1), BFloat16(-3.140625)]),
      SafetensorsWriter.Entry(name: "empty", shape: [0, 3], floats: []),
      SafetensorsWriter.Entry(name: "z", dataType: .int64, shape: []) { sink in
        try withUnsafeBytes(of: Int64(7).littleEndian, sink)
      },
    ]
    try SafetensorsWriter.write(entries, to: url)
    #expect(try Data(contentsOf: url) == Self.reference)
    #expect(SafetensorsWriter.byteCount(entries) == Self.reference.count)
  }

  @Test func keepsMetadataAndControlCharacters() throws {
    let directory = try TemporaryDirectory()
    let url = directory.url.appendingPathComponent("own.safetensors")
    let name = "tab\t and \u{1} and \\"
    try SafetensorsWriter.write(
      [SafetensorsWriter.Entry(name: name, shape: [1], floats: [2])], metadata: ["step": "7\n"], to: url)
    let file = try SafetensorsFile(url)
    #expect(file.metadata == ["format": "pt", "step": "7\n"])
    #expect(try file.floats(of: name) == [2])
    let headerLength = try Data(contentsOf: url)[0]
    #expect(headerLength.isMultiple(of: 8))
  }

  @Test func refusesConversionsThatWouldRound() throws {
    let directory = try TemporaryDirectory()
    let url = try directory.file("reference.safetensors", Self.reference)
    let file = try SafetensorsFile(url)
    func refusal(_ name: String, _ type: SafetensorsDataType, _ target: String) -> SafetensorsError {
      SafetensorsError(path: url.path, problem: .unsupportedConversion(name: name, dataType: type, target: target))
    }
    #expect(throws: refusal("z", .int64, "Float")) { try file.floats(of: "z") }
    #expect(throws: refusal("b", .float32, "BFloat16 without rounding")) { try file.bfloat16s(of: "b") }
    #expect(throws: SafetensorsError(path: url.path, problem: .noSuchTensor(name: "x"))) { try file.bytes(of: "x") }
  }

  /// Bytes of every type can be had; values only of those that are exact as `Float`.
  @Test func otherTypesAreBytesOnly() throws {
    let directory = try TemporaryDirectory()
    let url = directory.url.appendingPathComponent("types.safetensors")
    let floats: Set<SafetensorsDataType> = [.float32, .bfloat16, .float16]
    let entries = SafetensorsDataType.allCases.map { type in
      SafetensorsWriter.Entry(name: type.rawValue, dataType: type, shape: [4, 2]) { sink in
        try (0..<type.bitWidth).map { UInt8($0) }.withUnsafeBytes(sink)
      }
    }
    try SafetensorsWriter.write(entries, to: url)
    let file = try SafetensorsFile(url)
    for type in SafetensorsDataType.allCases {
      #expect(try Array(file.bytes(of: type.rawValue)) == (0..<type.bitWidth).map { UInt8($0) })
      guard !floats.contains(type) else {
        #expect(try file.floats(of: type.rawValue).count == 8)
        continue
      }
      let refusal = SafetensorsError(
        path: url.path,
        problem: .unsupportedConversion(name: type.rawValue, dataType: type, target: "Float"))
      #expect(throws: refusal) { try file.floats(of: type.rawValue) }
      #expect("\(refusal)".contains("is \(type.rawValue) and"))
    }
  }
}
