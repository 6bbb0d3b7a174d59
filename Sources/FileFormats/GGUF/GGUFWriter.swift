import Foundation

/// A GGUF v3 file in the making: metadata, and tensors whose bytes are produced one after the other.
///
/// What it writes depends on its input alone; reading a file that it wrote and writing that again gives the same
/// bytes. The finished file appears under its name at once or not at all.
package struct GGUFWriter {
  /// A tensor before its bytes are known.
  package struct Tensor: Equatable, Sendable {
    package let name: String
    package let type: GGUFTensorType
    /// Row-major.
    package let shape: [Int]

    package init(name: String, type: GGUFTensorType, shape: [Int]) {
      self.name = name
      self.type = type
      self.shape = shape
    }

    package var byteCount: Int { type.byteCount(elements: shape.reduce(1, *)) ?? .max }
  }

  package let metadata: GGUFMetadata
  package let tensors: [Tensor]
  private let alignment: Int

  /// - Throws: `GGUFError`, under the path of the file to be, for names and shapes that no reader would take.
  package init(metadata: GGUFMetadata, tensors: [Tensor], for url: URL) throws {
    self.metadata = metadata
    self.tensors = tensors
    var alignment = GGUFFile.defaultAlignment
    if case .uint32(let value)? = metadata[GGUFFile.alignmentKey] { alignment = Int(value) }
    self.alignment = alignment
    func fail(_ problem: GGUFError.Problem) -> GGUFError { GGUFError(path: url.path, problem: problem) }
    guard alignment.nonzeroBitCount == 1, (8...65_536).contains(alignment) else {
      throw fail(.invalidAlignment("\(alignment)"))
    }
    var names: Set<String> = []
    for tensor in tensors {
      guard names.insert(tensor.name).inserted else { throw fail(.duplicateTensor(tensor.name)) }
      guard (1...GGUFHeader.nameByteLimit).contains(tensor.name.utf8.count) else {
        throw fail(.invalidTensor(name: tensor.name, "a name of \(tensor.name.utf8.count) bytes, expected 1 to 63"))
      }
      guard (tensor.shape.last ?? 1).isMultiple(of: tensor.type.blockSize) else {
        throw fail(
          .invalidTensor(
            name: tensor.name, "rows of \(tensor.shape.last ?? 1) elements in blocks of \(tensor.type.blockSize)"))
      }
    }
  }

  /// Bytes of the finished file.
  package var byteCount: Int {
    tensors.reduce(header.count) { $0 + GGUFHeader.aligned($1.byteCount, to: alignment) }
  }

  /// - Parameter data: writes the bytes of a tensor, in as many pieces as it likes; asked in file order.
  /// - Throws: `FileError`; what `data` throws.
  package func write(to url: URL, data: (Tensor, OutputFile) throws -> Void) throws {
    try AtomicFile.write(to: url, expectedBytes: byteCount) { file in
      try file.write(header)
      for tensor in tensors {
        try data(tensor, file)
        let padding = GGUFHeader.aligned(tensor.byteCount, to: alignment) - tensor.byteCount
        try file.write([UInt8](repeating: 0, count: padding))
      }
    }
  }

  private var header: Data {
    var bytes = Data("GGUF".utf8)
    bytes.appendLittleEndian(UInt32(3))
    bytes.appendLittleEndian(Int64(tensors.count))
    bytes.appendLittleEndian(Int64(metadata.entries.count))
    for entry in metadata.entries {
      bytes.appendGGUF(entry.key)
      bytes.appendLittleEndian(entry.value.type.rawValue)
      bytes.appendGGUF(entry.value)
    }
    var offset = 0
    for tensor in tensors {
      bytes.appendGGUF(tensor.name)
      bytes.appendLittleEndian(UInt32(tensor.shape.count))
      for dimension in tensor.shape.reversed() { bytes.appendLittleEndian(Int64(dimension)) }
      bytes.appendLittleEndian(tensor.type.rawValue)
      bytes.appendLittleEndian(UInt64(offset))
      offset += GGUFHeader.aligned(tensor.byteCount, to: alignment)
    }
    bytes.append(Data(count: GGUFHeader.aligned(bytes.count, to: alignment) - bytes.count))
    return bytes
  }
}

extension Data {
  fileprivate mutating func appendGGUF(_ text: String) {
    appendLittleEndian(UInt64(text.utf8.count))
    append(contentsOf: text.utf8)
  }

  fileprivate mutating func appendGGUF(_ value: GGUFValue) {
    switch value {
    case .uint8(let number): appendLittleEndian(number)
    case .int8(let number): appendLittleEndian(number)
    case .uint16(let number): appendLittleEndian(number)
    case .int16(let number): appendLittleEndian(number)
    case .uint32(let number): appendLittleEndian(number)
    case .int32(let number): appendLittleEndian(number)
    case .uint64(let number): appendLittleEndian(number)
    case .int64(let number): appendLittleEndian(number)
    case .float32(let number): appendLittleEndian(number.bitPattern)
    case .float64(let number): appendLittleEndian(number.bitPattern)
    case .boolean(let flag): append(flag ? 1 : 0)
    case .string(let text): appendGGUF(text)
    case .array(let array):
      appendLittleEndian(array.elementType.rawValue)
      appendLittleEndian(UInt64(array.count))
      append(array.encoded)
    }
  }
}
