/// One tensor of a safetensors file.
public struct SafetensorsTensor: Equatable, Sendable {
  public let dataType: SafetensorsDataType
  /// Row-major; empty for a scalar.
  public let shape: [Int]
  /// Where the elements lie, counted from the start of the file. Not necessarily aligned.
  public let byteRange: Range<Int>

  public var elementCount: Int { shape.reduce(1, *) }
}

/// The checked header of a safetensors file.
struct SafetensorsHeader {
  static let maximumByteCount = 100_000_000
  static let metadataKey = "__metadata__"

  private(set) var tensors: [String: SafetensorsTensor] = [:]
  private(set) var metadata: [String: String] = [:]

  private let path: String

  /// Reads and checks everything but the elements themselves.
  /// - Throws: `SafetensorsError`.
  init(file bytes: UnsafeRawBufferPointer, path: String) throws {
    self.path = path
    guard bytes.count >= 8 else { throw error(.tooShort(byteCount: bytes.count)) }
    let announced = UInt64(littleEndian: bytes.loadUnaligned(as: UInt64.self))
    guard announced <= Self.maximumByteCount else {
      throw error(.headerTooLong(byteCount: announced, limit: Self.maximumByteCount))
    }
    let dataStart = 8 + Int(announced)
    guard dataStart <= bytes.count else {
      throw error(.headerPastEnd(byteCount: announced, fileBytes: bytes.count))
    }
    let text = UnsafeRawBufferPointer(rebasing: bytes[8..<dataStart])
    guard text.first == UInt8(ascii: "{") else { throw error(.invalidHeader("it does not start with '{'")) }

    let members: [String: JSONValue]
    do {
      members = try JSONParser.parse(text).objectValue ?? [:]
    } catch let syntaxError as JSONSyntaxError {
      throw error(.invalidHeader("\(syntaxError)"))
    }
    for (name, description) in members {
      if name == Self.metadataKey {
        metadata = try parseMetadata(description)
      } else {
        tensors[name] = try parseTensor(name, description, dataStart: dataStart)
      }
    }
    try checkLayout(dataStart: dataStart, fileBytes: bytes.count)
  }

  private func error(_ problem: SafetensorsError.Problem) -> SafetensorsError {
    SafetensorsError(path: path, problem: problem)
  }

  private func parseMetadata(_ value: JSONValue) throws -> [String: String] {
    guard let members = value.objectValue else {
      throw error(.invalidHeader("\(Self.metadataKey) is \(value.kind), expected an object"))
    }
    return try members.mapValues { entry in
      guard let text = entry.stringValue else {
        throw error(.invalidHeader("\(Self.metadataKey) contains \(entry.kind), expected strings only"))
      }
      return text
    }
  }

  private func parseTensor(_ name: String, _ value: JSONValue, dataStart: Int) throws -> SafetensorsTensor {
    func fail(_ reason: String) -> SafetensorsError { error(.invalidTensor(name: name, reason)) }
    guard let typeName = value["dtype"]?.stringValue else { throw fail("dtype is missing or not a string") }
    guard let dataType = SafetensorsDataType(rawValue: typeName) else {
      throw fail("unknown dtype \"\(typeName)\"")
    }
    guard let shape = Self.naturalNumbers(value["shape"]) else {
      throw fail("shape is missing or not a list of whole numbers ≥ 0")
    }
    guard let offsets = Self.naturalNumbers(value["data_offsets"]), offsets.count == 2 else {
      throw fail("data_offsets is missing or not two whole numbers ≥ 0")
    }
    let (begin, end) = (offsets[0], offsets[1])
    guard begin <= end else { throw fail("data_offsets end (\(end)) before they begin (\(begin))") }
    guard let byteCount = dataType.byteCount(shape: shape) else {
      throw fail("\(typeName) of shape \(shape) has no byte size: too large, or not whole bytes")
    }
    guard byteCount == end - begin else {
      throw fail("\(typeName) of shape \(shape) needs \(byteCount) bytes, data_offsets span \(end - begin)")
    }
    guard end <= Int.max - dataStart else { throw fail("data_offsets end at \(end), beyond any file") }
    return SafetensorsTensor(dataType: dataType, shape: shape, byteRange: dataStart + begin..<dataStart + end)
  }

  private static func naturalNumbers(_ value: JSONValue?) -> [Int]? {
    guard let elements = value?.arrayValue else { return nil }
    let numbers = elements.compactMap(\.integerValue)
    return numbers.count == elements.count && numbers.allSatisfy { $0 >= 0 } ? numbers : nil
  }

  /// Sorted by offset the tensors lie shoulder to shoulder and fill the file.
  private func checkLayout(dataStart: Int, fileBytes: Int) throws {
    let ordered = tensors.sorted {
      ($0.value.byteRange.lowerBound, $0.value.byteRange.upperBound, $0.key)
        < ($1.value.byteRange.lowerBound, $1.value.byteRange.upperBound, $1.key)
    }
    var end = dataStart
    for (name, tensor) in ordered {
      let begin = tensor.byteRange.lowerBound
      if begin < end { throw error(.overlap(name: name, begin: begin - dataStart, expected: end - dataStart)) }
      if begin > end { throw error(.hole(name: name, begin: begin - dataStart, expected: end - dataStart)) }
      end = tensor.byteRange.upperBound
    }
    guard end == fileBytes else {
      throw error(.wrongDataLength(expected: end - dataStart, found: fileBytes - dataStart))
    }
  }
}
