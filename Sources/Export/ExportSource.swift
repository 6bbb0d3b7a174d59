import Architectures
import FileFormats
import Kernels

/// A model whose tensors can be read one by one, to be written in another format. What has been read of a mapped file is
/// given back, so that models larger than the memory can be written.
package protocol ExportSource {
  var configuration: ModelConfiguration { get }

  /// The codes that the model computes with; only of quantised matrices.
  func codes(of parameter: ModelParameter) throws -> TernaryCodes

  /// Where the elements of any other tensor are, and how they are stored.
  func withStoredFloats(
    of parameter: ModelParameter, _ body: (UnsafeRawBufferPointer, StoredFloatFormat) throws -> Void
  ) throws
}

/// A checkpoint or Hugging Face folder: masters, quantised by the numerics of training.
package struct FolderExportSource: ExportSource {
  let folder: ModelFolder
  package var configuration: ModelConfiguration { folder.configuration }

  package init(_ folder: ModelFolder) { self.folder = folder }

  package func codes(of parameter: ModelParameter) throws -> TernaryCodes {
    let storage = Storage(byteCount: parameter.elementCount * 4)
    let values = storage.elements(of: Float.self)
    try folder.readValues(
      of: parameter.name, into: UnsafeMutableBufferPointer(start: values, count: parameter.elementCount))
    try folder.release(parameter.name)
    return withExtendedLifetime(storage) {
      TernaryCodes(
        TernaryMatrix(
          quantizing: values, rows: parameter.shape[0], columns: parameter.shape[1],
          configuration: configuration.bitLinear))
    }
  }

  package func withStoredFloats(
    of parameter: ModelParameter, _ body: (UnsafeRawBufferPointer, StoredFloatFormat) throws -> Void
  ) throws {
    let format: StoredFloatFormat
    switch try folder.tensor(parameter.name).dataType {
    case .bfloat16: format = .bfloat16
    case .float16: format = .float16
    default: format = .float32
    }
    try withExtendedLifetime(folder) { try body(folder.bytes(of: parameter.name), format) }
    try folder.release(parameter.name)
  }
}

/// A GGUF file, to be converted to another type.
package struct GGUFExportSource: ExportSource {
  let file: GGUFFile
  package let configuration: ModelConfiguration

  /// - Throws: `GGUFError`, `ModelConfigurationError`.
  package init(_ file: GGUFFile) throws {
    self.file = file
    configuration = try ModelConfiguration(gguf: file)
  }

  package func codes(of parameter: ModelParameter) throws -> TernaryCodes {
    defer { file[parameter.ggufName].map(file.release) }
    return try file.codes(of: parameter, numerics: configuration.bitLinear)
  }

  package func withStoredFloats(
    of parameter: ModelParameter, _ body: (UnsafeRawBufferPointer, StoredFloatFormat) throws -> Void
  ) throws {
    let tensor = try file.tensor(parameter.ggufName)
    guard let format = tensor.type.storedFloats else {
      throw file.error(.invalidTensor(name: tensor.name, "\(tensor.type.name) in place of real numbers"))
    }
    try file.withBytes(of: tensor) { try body($0, format) }
    file.release(tensor)
  }
}
