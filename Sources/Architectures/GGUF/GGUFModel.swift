import FileFormats
import Foundation
import Kernels

/// A model in a GGUF file.
public final class GGUFModel: ModelWeights {
  public let file: GGUFFile
  public let architecture: Architecture
  private let interleavesHeads: Bool

  public var url: URL { file.url }

  /// - Throws: `GGUFError`, `ArchitectureError`.
  public init(_ file: GGUFFile) throws {
    self.file = file
    architecture = try Architecture(gguf: file)
    interleavesHeads = GGUFArchitecture(rawValue: try file.string("general.architecture"))?.interleavesHeads ?? false
  }

  /// - Throws: `FileError`, `GGUFError`, `ArchitectureError`.
  public convenience init(_ url: URL) throws { try self.init(GGUFFile(url)) }

  public func withStored<Result>(
    _ parameter: ModelParameter, _ body: (StoredTensor) throws -> Result
  ) throws -> Result {
    let tensor = try file.tensor(parameter.ggufName)
    let (encoding, scale) = (try encoding(of: tensor), try separateScale(of: parameter))
    defer { file.release(tensor) }
    return try file.withBytes(of: tensor) { bytes in
      func stored(_ bytes: UnsafeRawBufferPointer) -> StoredTensor {
        StoredTensor(
          encoding, shape: tensor.shape, bytes: bytes, scale: scale, mayBeWidenedCodes: true,
          place: "\(file.url.path): \(tensor.name)")
      }
      guard interleavesHeads, let order = HeadRowOrder(parameter, architecture) else { return try body(stored(bytes)) }
      let storage = order.deinterleaved(
        bytes, rowBytes: encoding.rowByteCount(columns: parameter.isVector ? 1 : tensor.columns))
      return try withExtendedLifetime(storage) {
        try body(stored(UnsafeRawBufferPointer(start: storage.pointer, count: bytes.count)))
      }
    }
  }

  private func encoding(of tensor: GGUFTensor) throws -> StoredTensor.Encoding {
    if let format = tensor.type.packedTernary { return .ternary(format) }
    if let format = tensor.type.storedFloats { return .floats(format) }
    throw file.error(.invalidTensor(name: tensor.name, "\(tensor.type.name) is not read"))
  }

  /// What a `.scale` beside a matrix multiplies it by.
  private func separateScale(of parameter: ModelParameter) throws -> Float {
    guard parameter.projection != nil, file[parameter.ggufScaleName] != nil else { return 1 }
    let scale = try file.floats(of: parameter.ggufScaleName)[0]
    guard scale.isFinite, scale >= 0 else {
      throw file.error(
        .invalidTensor(name: parameter.ggufScaleName, "the scale \(scale), expected a finite number ≥ 0"))
    }
    return scale
  }
}
