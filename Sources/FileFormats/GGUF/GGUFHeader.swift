import Foundation

/// The checked front part of a GGUF file: metadata and tensor descriptions.
///
/// Refuses what llama.cpp refuses (ggml's gguf.cpp), and bounds every count before anything is allocated for it.
struct GGUFHeader {
  /// Real files have a few dozen keys and some thousand tensors.
  static let countLimit = 65_536
  static let keyByteLimit = 65_535
  static let nameByteLimit = 63
  static let dimensionLimit = 4
  static let arrayLimit: UInt64 = 1 << 30

  private(set) var version: UInt32 = 0
  private(set) var metadata: [GGUFMetadata.Entry] = []
  private(set) var tensors: [GGUFTensor] = []
  private(set) var alignment = GGUFFile.defaultAlignment

  private var cursor: GGUFCursor

  /// - Throws: `GGUFError`.
  init(_ bytes: UnsafeRawBufferPointer, path: String) throws {
    cursor = GGUFCursor(bytes, path: path)
    guard bytes.starts(with: "GGUF".utf8) else { throw cursor.error(.notGGUF) }
    _ = try cursor.take(4, "magic")
    version = try cursor.number(UInt32.self, "the version")
    guard version == 2 || version == 3 else { throw cursor.error(.unsupportedVersion(version)) }
    let tensorCount = try count("tensors")
    let keyCount = try count("metadata keys")
    try readMetadata(keyCount)
    try readAlignment()
    let descriptions = try (0..<tensorCount).map { _ in try description() }
    try place(descriptions)
  }

  private mutating func count(_ what: String) throws -> Int {
    let count = try cursor.number(Int64.self, "the number of \(what)")
    guard (0...Int64(Self.countLimit)).contains(count) else {
      throw cursor.error(.tooMany(what: what, count: count, limit: Self.countLimit))
    }
    return Int(count)
  }
}

// MARK: - Metadata

extension GGUFHeader {
  private mutating func readMetadata(_ count: Int) throws {
    var keys: Set<String> = []
    for _ in 0..<count {
      let key = try readKey()
      guard keys.insert(key).inserted else { throw cursor.error(.duplicateKey(key)) }
      let type = try valueType(key)
      metadata.append(GGUFMetadata.Entry(key: key, value: try value(type, key)))
    }
  }

  private mutating func readKey() throws -> String {
    let start = cursor.offset
    let bytes = try cursor.byteString("a metadata key")
    guard (1...Self.keyByteLimit).contains(bytes.count) else {
      throw cursor.error(.invalidKey(offset: start, "its length is \(bytes.count), expected 1 to \(Self.keyByteLimit)"))
    }
    guard let key = String(validating: bytes, as: UTF8.self) else {
      throw cursor.error(.invalidKey(offset: start, "not UTF-8"))
    }
    return key
  }

  private mutating func valueType(_ key: String) throws -> GGUFValueType {
    let id = try cursor.number(UInt32.self, "the type of \"\(key)\"")
    guard let type = GGUFValueType(rawValue: id) else {
      throw cursor.error(.invalidValue(key: key, "type \(id), expected 0 to 12"))
    }
    return type
  }

  private mutating func value(_ type: GGUFValueType, _ key: String) throws -> GGUFValue {
    switch type {
    case .uint8: .uint8(try number(key))
    case .int8: .int8(try number(key))
    case .uint16: .uint16(try number(key))
    case .int16: .int16(try number(key))
    case .uint32: .uint32(try number(key))
    case .int32: .int32(try number(key))
    case .uint64: .uint64(try number(key))
    case .int64: .int64(try number(key))
    case .float32: .float32(Float(bitPattern: try number(key)))
    case .float64: .float64(Double(bitPattern: try number(key)))
    case .boolean: .boolean(try number(key, UInt8.self) != 0)
    case .string: .string(try text(key))
    case .array: .array(try array(key))
    }
  }

  private mutating func number<Number: FixedWidthInteger>(
    _ key: String, _ type: Number.Type = Number.self
  ) throws -> Number {
    try cursor.number(type, "the value of \"\(key)\"")
  }

  private mutating func text(_ key: String) throws -> String {
    let bytes = try cursor.byteString("the value of \"\(key)\"")
    guard let text = String(validating: bytes, as: UTF8.self) else {
      throw cursor.error(.invalidValue(key: key, "not UTF-8"))
    }
    return text
  }

  private mutating func array(_ key: String) throws -> GGUFArray {
    let type = try valueType(key)
    guard type != .array else { throw cursor.error(.invalidValue(key: key, "an array of arrays")) }
    let count: UInt64 = try number(key)
    guard count <= Self.arrayLimit else {
      throw cursor.error(.invalidValue(key: key, "\(count) elements, expected at most \(Self.arrayLimit)"))
    }
    let start = cursor.offset
    if let size = type.byteCount {
      _ = try cursor.take(count * UInt64(size), "the value of \"\(key)\"")
    } else {
      for _ in 0..<count { _ = try cursor.byteString("the value of \"\(key)\"") }
    }
    return GGUFArray(elementType: type, count: Int(count), encoded: Data(cursor.bytes[start..<cursor.offset]))
  }

  private mutating func readAlignment() throws {
    guard let value = metadata.first(where: { $0.key == GGUFFile.alignmentKey })?.value else { return }
    guard case .uint32(let number) = value else {
      throw cursor.error(.invalidAlignment("of type \(value.type.name)"))
    }
    guard number.nonzeroBitCount == 1, (8...65_536).contains(number) else {
      throw cursor.error(.invalidAlignment("\(number)"))
    }
    alignment = Int(number)
  }
}

// MARK: - Tensors

extension GGUFHeader {
  private struct Description {
    let name: String
    let shape: [Int]
    let type: GGUFTensorType
    let offset: UInt64
    let byteCount: Int
  }

  private mutating func description() throws -> Description {
    let name = try tensorName()
    let shape = try tensorShape(name)
    let id = try cursor.number(UInt32.self, "the type of tensor \"\(name)\"")
    let offset = try cursor.number(UInt64.self, "the offset of tensor \"\(name)\"")
    guard let type = GGUFTensorType(rawValue: id) else {
      throw cursor.error(.unsupportedType(tensor: name, id: id, name: GGUFTensorType.foreignName(id)))
    }
    let columns = shape.last ?? 1
    guard columns.isMultiple(of: type.blockSize) else {
      throw cursor.error(
        .invalidTensor(name: name, "rows of \(columns) elements, but \(type.name) has blocks of \(type.blockSize)"))
    }
    guard let byteCount = type.byteCount(elements: shape.reduce(1, *)) else {
      throw cursor.error(.invalidTensor(name: name, "more bytes than any file has"))
    }
    return Description(name: name, shape: shape, type: type, offset: offset, byteCount: byteCount)
  }

  private mutating func tensorName() throws -> String {
    let start = cursor.offset
    let bytes = try cursor.byteString("a tensor name")
    guard let name = String(validating: bytes.prefix(Self.nameByteLimit + 1), as: UTF8.self) else {
      throw cursor.error(.invalidTensor(name: "at byte \(start)", "its name is not UTF-8"))
    }
    guard (1...Self.nameByteLimit).contains(bytes.count) else {
      throw cursor.error(
        .invalidTensor(name: name, "a name of \(bytes.count) bytes, expected 1 to \(Self.nameByteLimit)"))
    }
    return name
  }

  private mutating func tensorShape(_ name: String) throws -> [Int] {
    let count = try cursor.number(UInt32.self, "the dimensions of tensor \"\(name)\"")
    guard count <= Self.dimensionLimit else {
      throw cursor.error(.invalidTensor(name: name, "\(count) dimensions, expected 0 to \(Self.dimensionLimit)"))
    }
    var product = 1
    var dimensions: [Int] = []
    for _ in 0..<count {
      let dimension = try cursor.number(Int64.self, "the dimensions of tensor \"\(name)\"")
      // A dimension of 0 must not hide the others: products of some of them are taken as well.
      let (next, overflows) = product.multipliedReportingOverflow(by: max(1, Int(dimension)))
      guard dimension >= 0, !overflows else {
        throw cursor.error(.invalidTensor(name: name, "an impossible dimension \(dimension)"))
      }
      product = next
      dimensions.append(Int(dimension))
    }
    return dimensions.reversed()
  }

  /// Tensors lie in the order of their descriptions, each padded to the alignment, without gaps.
  private mutating func place(_ descriptions: [Description]) throws {
    var names: Set<String> = []
    let start = Self.aligned(cursor.offset, to: alignment)
    var end = 0
    tensors.reserveCapacity(descriptions.count)
    for tensor in descriptions {
      guard names.insert(tensor.name).inserted else { throw cursor.error(.duplicateTensor(tensor.name)) }
      guard tensor.offset == UInt64(end) else {
        throw cursor.error(.wrongOffset(tensor: tensor.name, found: tensor.offset, expected: end))
      }
      let first = start + end
      guard first <= cursor.bytes.count, tensor.byteCount <= cursor.bytes.count - first else {
        throw cursor.error(
          .cutOff(
            what: "tensor \"\(tensor.name)\"", offset: first, needed: UInt64(tensor.byteCount),
            fileBytes: cursor.bytes.count))
      }
      tensors.append(
        GGUFTensor(
          name: tensor.name, type: tensor.type, shape: tensor.shape, byteRange: first..<first + tensor.byteCount))
      end = Self.aligned(end + tensor.byteCount, to: alignment)
    }
  }

  static func aligned(_ offset: Int, to alignment: Int) -> Int {
    (offset + alignment - 1) & ~(alignment - 1)
  }
}
