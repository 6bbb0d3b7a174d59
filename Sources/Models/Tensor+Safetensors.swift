import Autograd
import FileFormats
import Kernels

extension Tensor {
  /// The memory of a contiguous tensor.
  package var rawBytes: UnsafeMutableRawBufferPointer {
    require(isContiguous, "a view of shape \(shape) has no memory of its own")
    let width = dataType.byteCount
    return UnsafeMutableRawBufferPointer(start: storage.pointer + offset * width, count: shape.count * width)
  }

  package var safetensorsType: SafetensorsDataType { dataType == .float32 ? .float32 : .bfloat16 }
}
