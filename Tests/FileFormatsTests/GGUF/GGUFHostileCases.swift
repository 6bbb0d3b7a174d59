import Foundation

import FileFormats

/// The 22 broken files that llama.cpp's `test-gguf` makes by hand, and what each must be refused for.
enum GGUFHostileCase: String, CaseIterable {
  case badMagic, version0, version1, futureVersion, badTensorCount, badKeyCount
  case badKeySize, badValueType, duplicateKey, badAlignment
  case badNameSize, badDimensionCount, badShape, tooLargeDimensions, badTensorType, badOffset, duplicateTensorName
  case badAlignmentWithTensors, inconsistentAlignmentWithTensors
  case notEnoughData, badAlignmentWithData, inconsistentAlignmentWithData

  private typealias Fixture = GGUFFixture

  var parts: GGUFFixture.Parts {
    var parts = GGUFFixture.Parts()
    switch self {
    case .badMagic: parts.magic = Data([0, 0, 0, 0])
    case .version0: parts.version = 0
    case .version1: parts.version = 1
    case .futureVersion: parts.version = 4
    case .badTensorCount: parts.tensorCount = -1
    case .badKeyCount: parts.keyCount = -1
    case .badKeySize: parts.keys = Fixture.key("key", length: .max, type: 4, Fixture.number(UInt32(1)))
    case .badValueType: parts.keys = Fixture.key("key", type: 13, Fixture.number(UInt32(1)))
    case .duplicateKey:
      parts.keys = Fixture.key("key", type: 4, Fixture.number(UInt32(1)))
      parts.keys += Fixture.key("key", type: 6, Fixture.number(UInt32(1)))
      parts.keyCount = 2
    case .badNameSize: parts.tensors = Fixture.tensor(String(repeating: "n", count: 64))
    case .badDimensionCount: parts.tensors = Fixture.tensor(dimensionCount: 5)
    case .badShape: parts.tensors = Fixture.tensor(dimensions: [16, -1])
    case .tooLargeDimensions: parts.tensors = Fixture.tensor(dimensions: [1 << 31, 1 << 31, 4])
    case .badTensorType: parts.tensors = Fixture.tensor(type: 43)
    case .badOffset: parts.tensors = Fixture.tensor(offset: 32)
    case .duplicateTensorName:
      parts.tensors = Fixture.tensor("t") + Fixture.tensor("t", offset: 64)
      parts.tensorCount = 2
      parts.data = Data(count: 128)
    case .notEnoughData: parts.data = Data(count: 63)
    case .badAlignment:
      parts.keys = Self.alignment(13)
      (parts.tensorCount, parts.tensors, parts.data) = (0, Data(), Data())
    case .badAlignmentWithTensors, .badAlignmentWithData:
      parts.keys = Self.alignment(13)
      if self == .badAlignmentWithTensors { parts.data = Data() }
    case .inconsistentAlignmentWithTensors:
      // Two tensors of 64 bytes, placed as for 32.
      parts.keys = Self.alignment(128)
      parts.tensors = Fixture.tensor("t") + Fixture.tensor("u", offset: 64)
      (parts.tensorCount, parts.alignment, parts.data) = (2, 128, Data(count: 192))
    case .inconsistentAlignmentWithData:
      // The elements begin where an alignment of 32 has them: 4096 - 64 bytes too early.
      parts.keys = Self.alignment(4096)
    }
    return parts
  }

  private static func alignment(_ value: UInt32) -> Data {
    Fixture.key("general.alignment", type: 4, Fixture.number(value))
  }

  /// What the error must be.
  var expected: GGUFError.Problem {
    switch self {
    case .badMagic: .notGGUF
    case .version0: .unsupportedVersion(0)
    case .version1: .unsupportedVersion(1)
    case .futureVersion: .unsupportedVersion(4)
    case .badTensorCount: .tooMany(what: "tensors", count: -1, limit: 65_536)
    case .badKeyCount: .tooMany(what: "metadata keys", count: -1, limit: 65_536)
    case .badKeySize: .cutOff(what: "a metadata key", offset: 32, needed: .max, fileBytes: 160)
    case .badValueType: .invalidValue(key: "key", "type 13, expected 0 to 12")
    case .duplicateKey: .duplicateKey("key")
    case .badAlignment, .badAlignmentWithTensors, .badAlignmentWithData: .invalidAlignment("13")
    case .badNameSize:
      .invalidTensor(name: String(repeating: "n", count: 64), "a name of 64 bytes, expected 1 to 63")
    case .badDimensionCount: .invalidTensor(name: "t", "5 dimensions, expected 0 to 4")
    case .badShape: .invalidTensor(name: "t", "an impossible dimension -1")
    case .tooLargeDimensions: .invalidTensor(name: "t", "an impossible dimension 4")
    case .badTensorType: .unsupportedType(tensor: "t", id: 43, name: nil)
    case .badOffset: .wrongOffset(tensor: "t", found: 32, expected: 0)
    case .duplicateTensorName: .duplicateTensor("t")
    case .inconsistentAlignmentWithTensors: .wrongOffset(tensor: "u", found: 64, expected: 128)
    case .notEnoughData: .cutOff(what: "tensor \"t\"", offset: 96, needed: 64, fileBytes: 159)
    case .inconsistentAlignmentWithData: .cutOff(what: "tensor \"t\"", offset: 4096, needed: 64, fileBytes: 160)
    }
  }
}
