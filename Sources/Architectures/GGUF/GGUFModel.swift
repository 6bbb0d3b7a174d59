import FileFormats
import Foundation
import Kernels

/// A model in a GGUF file.
public final class GGUFModel: ModelWeights {
  public let file: GGUFFile
  public let architecture: Architecture
  private let rowOrder: RotaryRowOrder
  private let i2sLayout: I2SLayout

  public var url: URL { file.url }

  /// - Throws: `GGUFError`, `ArchitectureError`.
  public convenience init(_ file: GGUFFile) throws { try self.init(file, i2sLayout: .blocksOf128) }

  /// - Throws: `FileError`, `GGUFError`, `ArchitectureError`.
  public convenience init(_ url: URL) throws { try self.init(GGUFFile(url)) }

  /// - Parameter i2sLayout: how I2_S is laid out; nothing in the file says so.
  package init(_ file: GGUFFile, i2sLayout: I2SLayout) throws {
    self.file = file
    self.i2sLayout = i2sLayout
    architecture = try Architecture(gguf: file)
    let named = GGUFArchitecture(rawValue: try file.string("general.architecture"))
    rowOrder = named?.rotaryRowOrder ?? .halves
  }

  public func withStored<Result>(
    _ parameter: ModelParameter, _ body: (StoredTensor) throws -> Result
  ) throws -> Result {
    let tensor = try file.tensor(parameter.ggufName)
    let (encoding, scale) = (try encoding(of: tensor), try separateScale(of: parameter))
    defer { file.release(tensor) }
    return try file.withBytes(of: tensor) { bytes in
      func stored(
        _ bytes: UnsafeRawBufferPointer, giveBack: @escaping (Range<Int>) -> Void = { _ in }
      ) -> StoredTensor {
        StoredTensor(
          encoding, shape: tensor.shape, bytes: bytes, scale: scale, mayBeWidenedCodes: true,
          place: "\(file.url.path): \(tensor.name)", giveBack: giveBack)
      }
      guard let permutation = RotaryRowPermutation(reading: rowOrder, parameter, architecture) else {
        return try body(stored(bytes) { [file] in file.release(tensor, bytes: $0) })
      }
      let storage = permutation.permuted(bytes, rowBytes: rowBytes(of: tensor, parameter))
      return try withExtendedLifetime(storage) {
        try body(stored(UnsafeRawBufferPointer(start: storage.pointer, count: bytes.count)))
      }
    }
  }

  private func rowBytes(of tensor: GGUFTensor, _ parameter: ModelParameter) -> Int {
    (parameter.isVector ? 1 : tensor.columns) / tensor.type.blockSize * tensor.type.blockBytes
  }

  private func encoding(of tensor: GGUFTensor) throws -> StoredTensor.Encoding {
    if let format = tensor.type.packedTernary { return .ternary(format, i2sLayout) }
    if let format = tensor.type.storedFloats { return .floats(format) }
    if let format = tensor.type.blockFormat { return .blocks(format) }
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

extension RotaryRowPermutation {
  /// Rows in the other order; what stands behind them, such as a scale, is copied too.
  fileprivate func permuted(_ bytes: UnsafeRawBufferPointer, rowBytes: Int) -> Storage {
    let storage = Storage(byteCount: bytes.count)
    let destination = UnsafeMutableRawBufferPointer(start: storage.pointer, count: bytes.count)
    destination.copyMemory(from: bytes)
    apply(
      UnsafeRawBufferPointer(rebasing: bytes[..<(rows * rowBytes)]), bytesPerRow: rowBytes,
      into: UnsafeMutableRawBufferPointer(rebasing: destination[..<(rows * rowBytes)]))
    return storage
  }
}
