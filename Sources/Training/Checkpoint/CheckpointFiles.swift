import Autograd
import Foundation
import Kernels
import ModelFormats

/// The names of the files and tensors of a checkpoint folder.
enum CheckpointFiles {
  static let optimizer = "trainer/optimizer.safetensors"
  static let state = "trainer/state.json"
  static let manifest = "trainer/" + Manifest.fileName

  static func firstMoment(_ parameter: String) -> String { "first_moment/" + parameter }
  static func secondMoment(_ parameter: String) -> String { "second_moment/" + parameter }
  static func compensation(_ parameter: String) -> String { "compensation/" + parameter }
  /// Ternary codes at the last log line.
  static func codes(_ matrix: String) -> String { "codes/" + matrix }
}

extension Tensor {
  /// The memory of a contiguous tensor.
  var rawBytes: UnsafeMutableRawBufferPointer {
    require(isContiguous, "a view of shape \(shape) has no memory of its own")
    let width = dataType.byteCount
    return UnsafeMutableRawBufferPointer(start: storage.pointer + offset * width, count: shape.count * width)
  }

  var safetensorsType: SafetensorsDataType { dataType == .float32 ? .float32 : .bfloat16 }
}
