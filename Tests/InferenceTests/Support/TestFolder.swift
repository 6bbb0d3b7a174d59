import Architectures
import Autograd
import FileFormats
import Foundation
import Kernels

/// Writes model folders.
enum TestFolder {
  /// - Parameter values: of every parameter, row-major.
  static func write(
    _ configuration: Architecture, _ format: DataType, to folder: URL, values: (ModelParameter) -> [Float]
  ) throws {
    try configuration.huggingFaceJSON(weightDataType: format.rawValue)
      .write(to: folder.appendingPathComponent(ModelFolder.configurationFileName))
    let entries = configuration.parameters.map { parameter -> SafetensorsWriter.Entry in
      let (name, shape, values) = (parameter.name, parameter.shape, values(parameter))
      return format == .float32
        ? .init(name: name, shape: shape, floats: values)
        : .init(name: name, shape: shape, bfloat16s: values.map { BFloat16($0) })
    }
    try SafetensorsWriter.write(entries, to: folder.appendingPathComponent(ModelFolder.weightsFileName))
  }
}
