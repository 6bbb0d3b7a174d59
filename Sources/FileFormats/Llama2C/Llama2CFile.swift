import Foundation
import Kernels

/// A memory-mapped model file of llama2.c, version 0 (no magic number): a Llama in float32.
///
/// The rows of queries and keys are in the interleaved order of rotary pairs (`RotaryRowOrder`), the base of the
/// rotation is 10000 and the epsilon of the norms 1e-5. Format: https://github.com/karpathy/llama2.c/blob/master/export.py.
public final class Llama2CFile: Sendable {
  public let url: URL
  public let configuration: Llama2CConfiguration
  /// In file order: one tensor per layer and kind. Without an `output.weight` the head is the embedding.
  public let tensors: [Llama2CTensor]

  private let file: MappedFile
  private let places: [String: Int]

  /// - Throws: `FileError`; `Llama2CError` also when the file is a byte longer or shorter than its header says.
  public init(_ url: URL) throws {
    let file = try MappedFile(url)
    do throws(Llama2CError.Problem) {
      configuration = try Llama2CConfiguration(file.bytes)
      let layout = Llama2CLayout(configuration)
      let found = file.bytes.count
      guard layout.byteCount == found else { throw .wrongSize(expected: layout.byteCount, found: found) }
      tensors = layout.tensors
    } catch {
      throw Llama2CError(path: url.path, problem: error)
    }
    self.url = url
    self.file = file
    places = Dictionary(uniqueKeysWithValues: tensors.enumerated().map { ($1.name, $0) })
  }

  /// The tensor of this name, if there is one.
  public subscript(name: String) -> Llama2CTensor? { places[name].map { tensors[$0] } }

  /// - Throws: `Llama2CError.Problem.noSuchTensor`.
  public func tensor(_ name: String) throws -> Llama2CTensor {
    guard let tensor = self[name] else { throw Llama2CError(path: url.path, problem: .noSuchTensor(name)) }
    return tensor
  }

  /// Calls `body` with the elements as they lie in the file, little-endian float32, without copying them.
  public func withBytes<Result>(
    of tensor: Llama2CTensor, _ body: (UnsafeRawBufferPointer) throws -> Result
  ) rethrows -> Result {
    try file.withBytes { try body(UnsafeRawBufferPointer(rebasing: $0[tensor.byteRange])) }
  }

  /// The elements of a tensor, row-major.
  /// - Throws: `Llama2CError.Problem.noSuchTensor`.
  public func floats(of name: String) throws -> [Float] {
    let tensor = try tensor(name)
    return withBytes(of: tensor) { bytes in
      [Float](unsafeUninitializedCapacity: tensor.elementCount) { buffer, count in
        let destination = UnsafeMutableBufferPointer(rebasing: buffer[..<tensor.elementCount])
        StoredFloatFormat.float32.decode(bytes, into: destination)
        count = tensor.elementCount
      }
    }
  }

  /// Gives the memory of a tensor back to the system; it is read from the file again when somebody asks.
  package func release(_ tensor: Llama2CTensor) { file.release(tensor.byteRange) }
}
