import Foundation
import Kernels

/// A memory-mapped GGUF file (version 2 or 3, little-endian), checked from front to back before anything is read.
///
/// Format: https://github.com/ggml-org/ggml/blob/master/docs/gguf.md.
public final class GGUFFile: Sendable {
  package static let defaultAlignment = 32
  package static let alignmentKey = "general.alignment"

  public let url: URL
  public let version: UInt32
  public let metadata: GGUFMetadata
  /// In file order.
  public let tensors: [GGUFTensor]
  /// Tensors start at multiples of it, in bytes.
  public let alignment: Int

  private let file: MappedFile
  private let places: [String: Int]

  /// - Throws: `FileError`, `GGUFError`.
  public init(_ url: URL) throws {
    let file = try MappedFile(url)
    let header = try file.withBytes { try GGUFHeader($0, path: url.path) }
    self.url = url
    self.file = file
    version = header.version
    metadata = GGUFMetadata(header.metadata)
    tensors = header.tensors
    alignment = header.alignment
    places = Dictionary(uniqueKeysWithValues: header.tensors.enumerated().map { ($1.name, $0) })
  }

  /// Bytes of the whole file.
  public var byteCount: Int { file.bytes.count }

  /// The tensor of this name, if there is one.
  public subscript(name: String) -> GGUFTensor? { places[name].map { tensors[$0] } }

  /// - Throws: `GGUFError.Problem.noSuchTensor`.
  public func tensor(_ name: String) throws -> GGUFTensor {
    guard let tensor = self[name] else { throw error(.noSuchTensor(name)) }
    return tensor
  }

  /// The elements as they lie in the file. Valid as long as this object lives.
  package func bytes(of tensor: GGUFTensor) -> UnsafeRawBufferPointer {
    UnsafeRawBufferPointer(rebasing: file.bytes[tensor.byteRange])
  }

  /// Calls `body` with the elements as they lie in the file, without copying them.
  public func withBytes<Result>(
    of tensor: GGUFTensor, _ body: (UnsafeRawBufferPointer) throws -> Result
  ) rethrows -> Result {
    try withExtendedLifetime(self) { try body(bytes(of: tensor)) }
  }

  /// Gives the memory of a tensor back to the system; it is read from the file again when somebody asks.
  package func release(_ tensor: GGUFTensor) { file.release(tensor.byteRange) }

  /// - Parameter range: bytes of the tensor.
  package func release(_ tensor: GGUFTensor, bytes range: Range<Int>) {
    file.release(tensor.byteRange.lowerBound + range.lowerBound..<tensor.byteRange.lowerBound + range.upperBound)
  }

  package func error(_ problem: GGUFError.Problem) -> GGUFError { GGUFError(path: url.path, problem: problem) }
}

// MARK: - Metadata that must be there

extension GGUFFile {
  /// - Throws: `missingKey`, `wrongKeyType`.
  public func string(_ key: String) throws -> String {
    guard let value = metadata[key] else { throw error(.missingKey(key)) }
    guard case .string(let text) = value else { throw wrongType(key, "string", value) }
    return text
  }

  /// - Throws: `missingKey`; `wrongKeyType` for anything but a u32, which is what llama.cpp insists on.
  public func uint32(_ key: String) throws -> Int {
    guard let value = metadata[key] else { throw error(.missingKey(key)) }
    guard case .uint32(let number) = value else { throw wrongType(key, "uint32", value) }
    return Int(number)
  }

  /// - Throws: `missingKey`, `wrongKeyType`.
  public func float32(_ key: String) throws -> Float {
    guard let value = metadata[key] else { throw error(.missingKey(key)) }
    guard case .float32(let number) = value else { throw wrongType(key, "float32", value) }
    return number
  }

  /// - Throws: `missingKey`, `wrongKeyType`.
  public func array(_ key: String) throws -> GGUFArray {
    guard let value = metadata[key] else { throw error(.missingKey(key)) }
    guard case .array(let array) = value else { throw wrongType(key, "array", value) }
    return array
  }

  private func wrongType(_ key: String, _ expected: String, _ found: GGUFValue) -> GGUFError {
    error(.wrongKeyType(key: key, expected: expected, found: found.type.name))
  }
}
