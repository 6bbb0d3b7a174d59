import Architectures
import Autograd
import FileFormats
import Foundation
import Kernels

extension BitNetForCausalLM {
  /// The model of a checkpoint or Hugging Face folder.
  /// - Throws: `FileError`, `ModelConfigurationError`, `SafetensorsError`, `ModelFolderError`.
  public convenience init(folder url: URL) throws {
    try self.init(folder: ModelFolder(url))
  }

  /// The model of an open folder. Weights keep their format: bfloat16 stays bfloat16; float16, which training does not
  /// know, is widened to float32.
  /// - Throws: `SafetensorsError`.
  public convenience init(folder: ModelFolder) throws {
    self.init(folder.configuration, initialization: .undefined)
    try withExtendedLifetime(folder) {
      for (name, parameter) in namedParameters {
        parameter.replaceValue(adopting: try Tensor(folder: folder, tensor: name))
        try folder.release(name)
      }
    }
  }
}

extension Tensor {
  fileprivate init(folder: ModelFolder, tensor name: String) throws {
    let stored = try folder.tensor(name)
    let shape = Shape(stored.shape)
    if stored.dataType == .bfloat16 {
      self.init(uninitialized: shape, dataType: .bfloat16)
      UnsafeMutableRawBufferPointer(start: bfloats, count: stored.byteRange.count)
        .copyMemory(from: try folder.bytes(of: name))
    } else {
      self.init(uninitialized: shape)
      try folder.readValues(of: name, into: UnsafeMutableBufferPointer(start: floats, count: stored.elementCount))
    }
  }
}
