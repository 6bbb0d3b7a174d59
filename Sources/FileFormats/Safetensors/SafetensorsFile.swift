import Foundation
import Kernels

/// A memory-mapped safetensors file, checked from front to back before anything is read from it.
///
/// Format: https://github.com/huggingface/safetensors. Accepts what the reference reader accepts, and refuses in
/// addition headers with a key that occurs twice (the format forbids them).
public final class SafetensorsFile: Sendable {
  public let url: URL
  public let tensors: [String: SafetensorsTensor]
  /// The strings under `__metadata__`.
  public let metadata: [String: String]

  private let file: MappedFile

  /// - Throws: `FileError`, `SafetensorsError`.
  public init(_ url: URL) throws {
    let file = try MappedFile(url, allowsEmpty: true)
    let header = try SafetensorsHeader(file: file.bytes, path: url.path)
    self.url = url
    self.file = file
    tensors = header.tensors
    metadata = header.metadata
  }

  public func tensor(_ name: String) throws -> SafetensorsTensor {
    guard let tensor = tensors[name] else {
      throw SafetensorsError(path: url.path, problem: .noSuchTensor(name: name))
    }
    return tensor
  }

  /// The elements as they lie in the file, little-endian, of any alignment. Valid as long as this object lives.
  public func bytes(of name: String) throws -> UnsafeRawBufferPointer {
    UnsafeRawBufferPointer(rebasing: file.bytes[try tensor(name).byteRange])
  }

  /// Gives the memory of a tensor back to the system; it is read from the file again when somebody asks.
  package func release(_ name: String) throws { file.release(try tensor(name).byteRange) }

  /// - Parameter range: bytes of the tensor.
  package func release(_ tensor: SafetensorsTensor, bytes range: Range<Int>) {
    file.release(tensor.byteRange.lowerBound + range.lowerBound..<tensor.byteRange.lowerBound + range.upperBound)
  }

  /// Converts an F32, BF16 or F16 tensor to `Float`, exactly, into `destination` of as many elements.
  public func readFloats(of name: String, into destination: UnsafeMutableBufferPointer<Float>) throws {
    let tensor = try tensor(name)
    require(
      destination.count == tensor.elementCount,
      "a buffer of \(destination.count) elements for tensor \(name) of shape \(tensor.shape)")
    let source = try bytes(of: name)
    switch tensor.dataType {
    case .float32:
      UnsafeMutableRawBufferPointer(destination).copyMemory(from: source)
    case .bfloat16:
      for index in destination.indices {
        let bits = source.loadUnaligned(fromByteOffset: 2 * index, as: UInt16.self)
        destination[index] = BFloat16(bitPattern: bits).floatValue
      }
    case .float16:
      for index in destination.indices {
        let bits = source.loadUnaligned(fromByteOffset: 2 * index, as: UInt16.self)
        destination[index] = Float16Conversion.float(fromBits: bits)
      }
    default:
      throw SafetensorsError(
        path: url.path,
        problem: .unsupportedConversion(name: name, dataType: tensor.dataType, target: "Float"))
    }
  }

  /// The elements of an F32, BF16 or F16 tensor, row-major.
  public func floats(of name: String) throws -> [Float] {
    try [Float](unsafeUninitializedCapacity: tensor(name).elementCount) { buffer, count in
      let destination = UnsafeMutableBufferPointer(rebasing: buffer[..<(try tensor(name).elementCount)])
      try readFloats(of: name, into: destination)
      count = destination.count
    }
  }

  /// The elements of a BF16 tensor, bit for bit; other types are refused, since rounding must be asked for.
  public func bfloat16s(of name: String) throws -> [BFloat16] {
    let tensor = try tensor(name)
    guard tensor.dataType == .bfloat16 else {
      throw SafetensorsError(
        path: url.path,
        problem: .unsupportedConversion(name: name, dataType: tensor.dataType, target: "BFloat16 without rounding"))
    }
    let source = try bytes(of: name)
    return [BFloat16](unsafeUninitializedCapacity: tensor.elementCount) { buffer, count in
      UnsafeMutableRawBufferPointer(buffer).copyMemory(from: source)
      count = tensor.elementCount
    }
  }
}
