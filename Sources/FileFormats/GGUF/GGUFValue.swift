import Foundation

/// The type of a metadata value, as GGUF numbers them.
public enum GGUFValueType: UInt32, CaseIterable, Sendable {
  case uint8 = 0, int8, uint16, int16, uint32, int32, float32, boolean, string, array, uint64, int64, float64

  /// Bytes of one value; nil for strings and arrays, which say their own length.
  package var byteCount: Int? {
    switch self {
    case .uint8, .int8, .boolean: 1
    case .uint16, .int16: 2
    case .uint32, .int32, .float32: 4
    case .uint64, .int64, .float64: 8
    case .string, .array: nil
    }
  }

  /// As the documentation of the format spells it.
  public var name: String {
    switch self {
    case .boolean: "bool"
    default: "\(self)"
    }
  }
}

/// One metadata value with the exact type it has in the file; readers of GGUF insist on types.
public enum GGUFValue: Equatable, Sendable {
  case uint8(UInt8)
  case int8(Int8)
  case uint16(UInt16)
  case int16(Int16)
  case uint32(UInt32)
  case int32(Int32)
  case float32(Float)
  case boolean(Bool)
  case string(String)
  case array(GGUFArray)
  case uint64(UInt64)
  case int64(Int64)
  case float64(Double)

  public var type: GGUFValueType {
    switch self {
    case .uint8: .uint8
    case .int8: .int8
    case .uint16: .uint16
    case .int16: .int16
    case .uint32: .uint32
    case .int32: .int32
    case .float32: .float32
    case .boolean: .boolean
    case .string: .string
    case .array: .array
    case .uint64: .uint64
    case .int64: .int64
    case .float64: .float64
    }
  }

  /// The value of any integer type, if it fits.
  public var integerValue: Int? {
    switch self {
    case .uint8(let value): Int(value)
    case .int8(let value): Int(value)
    case .uint16(let value): Int(value)
    case .int16(let value): Int(value)
    case .uint32(let value): Int(value)
    case .int32(let value): Int(value)
    case .uint64(let value): Int(exactly: value)
    case .int64(let value): Int(exactly: value)
    default: nil
    }
  }
}

/// An array of metadata values of one type, kept as it is encoded in the file.
///
/// A vocabulary of 128,256 tokens is one such array; it is decoded when somebody asks, and re-encoded byte for byte.
public struct GGUFArray: Equatable, Sendable {
  public let elementType: GGUFValueType
  public let count: Int
  /// The elements, little-endian; a string is its byte count as u64 and its bytes.
  package let encoded: Data

  package init(elementType: GGUFValueType, count: Int, encoded: Data) {
    self.elementType = elementType
    self.count = count
    self.encoded = encoded
  }

  public init(_ strings: [String]) {
    var encoded = Data()
    for string in strings {
      encoded.appendLittleEndian(UInt64(string.utf8.count))
      encoded.append(contentsOf: string.utf8)
    }
    self.init(elementType: .string, count: strings.count, encoded: encoded)
  }

  public init(_ values: [Int32]) {
    var encoded = Data()
    for value in values { encoded.appendLittleEndian(value) }
    self.init(elementType: .int32, count: values.count, encoded: encoded)
  }

  /// The bytes of every element of an array of strings; nil for other arrays. The bytes need not be UTF-8.
  public var byteStrings: [[UInt8]]? {
    guard elementType == .string else { return nil }
    return encoded.withUnsafeBytes { bytes in
      var offset = 0
      return (0..<count).map { _ in
        let length = Int(UInt64(littleEndian: bytes.loadUnaligned(fromByteOffset: offset, as: UInt64.self)))
        defer { offset += 8 + length }
        return [UInt8](bytes[offset + 8..<offset + 8 + length])
      }
    }
  }

  /// The elements of an array of strings, if all of them are UTF-8.
  public var strings: [String]? {
    guard let texts = byteStrings?.map({ String(validating: $0, as: UTF8.self) }) else { return nil }
    let valid = texts.compactMap { $0 }
    return valid.count == texts.count ? valid : nil
  }

  /// The elements of an array of 32-bit integers.
  public var int32s: [Int32]? {
    guard elementType == .int32 || elementType == .uint32 else { return nil }
    return encoded.withUnsafeBytes { bytes in
      (0..<count).map { Int32(littleEndian: bytes.loadUnaligned(fromByteOffset: 4 * $0, as: Int32.self)) }
    }
  }
}

extension Data {
  mutating func appendLittleEndian(_ value: some FixedWidthInteger) {
    Swift.withUnsafeBytes(of: value.littleEndian) { append(contentsOf: $0) }
  }
}
