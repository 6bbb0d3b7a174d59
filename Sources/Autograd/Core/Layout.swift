import Kernels

extension Tensor {
  /// The same values in float32; recorded as the identity.
  public var float32: Tensor {
    guard dataType == .bfloat16 else { return self }
    let dense = contiguousCopyIfNeeded
    let result = Tensor(uninitialized: shape)
    let (source, destination) = (dense.bfloats, result.floats)
    ThreadPool.current.forEachRange(of: shape.count, multipleOf: 16, minimumPerThread: Elementwise.grain) { range in
      for index in range { destination[index] = source[index].floatValue }
    }
    return result.recorded(from: self, by: IdentityBackward())
  }

  /// The same values rounded to bfloat16 (nearest, ties to even); recorded as the identity.
  public var bfloat16: Tensor {
    guard dataType == .float32 else { return self }
    let dense = contiguousCopyIfNeeded
    let result = Tensor(uninitialized: shape, dataType: .bfloat16)
    let (source, destination) = (dense.floats, result.bfloats)
    ThreadPool.current.forEachRange(of: shape.count, multipleOf: 16, minimumPerThread: Elementwise.grain) { range in
      for index in range { destination[index] = BFloat16(source[index]) }
    }
    return result.recorded(from: self, by: IdentityBackward())
  }

  /// The same values in row-major order without gaps; itself when it is so already.
  public var contiguous: Tensor {
    isContiguous ? self : contiguousCopyIfNeeded.recorded(from: self, by: IdentityBackward())
  }

  /// A dense copy in memory of its own, not recorded.
  package var copied: Tensor {
    let result = Tensor(uninitialized: shape, dataType: dataType)
    let (extents, steps) = (shape.paddedToFour, paddedStrides)
    let width = dataType.byteCount
    let source = storage.pointer + offset * width
    var destination = result.storage.pointer
    let rowIsDense = steps[3] == 1 || extents[3] == 1
    for i in 0..<extents[0] {
      for j in 0..<extents[1] {
        for k in 0..<extents[2] {
          let row = source + (i * steps[0] + j * steps[1] + k * steps[2]) * width
          if rowIsDense {
            destination.copyMemory(from: row, byteCount: extents[3] * width)
          } else if width == 4 {
            Self.gather(Float.self, row, steps[3], destination, extents[3])
          } else {
            Self.gather(BFloat16.self, row, steps[3], destination, extents[3])
          }
          destination += extents[3] * width
        }
      }
    }
    return result
  }

  private var contiguousCopyIfNeeded: Tensor { isContiguous ? self : copied }

  /// Strides of the shape padded to rank 4; 0 along axes of extent 1.
  package var paddedStrides: SIMD4<Int> {
    var padded = SIMD4<Int>(repeating: 0)
    for axis in 0..<shape.rank where shape[axis] != 1 { padded[4 - shape.rank + axis] = strides[axis] }
    return padded
  }

  private static func gather<Element: BitwiseCopyable>(
    _: Element.Type, _ source: UnsafeRawPointer, _ step: Int, _ destination: UnsafeMutableRawPointer, _ count: Int
  ) {
    let (from, to) = (source.assumingMemoryBound(to: Element.self), destination.assumingMemoryBound(to: Element.self))
    for index in 0..<count { to[index] = from[index * step] }
  }
}

/// A change of format or layout: the gradient passes unchanged.
package struct IdentityBackward: BackwardOperation {
  package init() {}

  package func backward(_ outputGradient: Tensor, into inputs: GradientSink) {
    inputs.add(outputGradient, to: 0)
  }
}
