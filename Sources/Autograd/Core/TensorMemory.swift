extension Tensor {
  /// A tensor of float32 whose elements `initialize` writes, every one of them, in row-major order: what is in the memory
  /// before is undefined.
  public init(shape: Shape, initializingWith initialize: (UnsafeMutableBufferPointer<Float>) throws -> Void) rethrows {
    self.init(uninitialized: shape)
    try withExtendedLifetime(storage) {
      try initialize(UnsafeMutableBufferPointer(start: floats, count: shape.count))
    }
  }

  /// Lends all elements in row-major order, as float32, for the time of the call. Views and bfloat16 are copied.
  public func withFloats<Result>(_ body: (UnsafeBufferPointer<Float>) throws -> Result) rethrows -> Result {
    let dense = detached.float32.contiguous
    return try withExtendedLifetime(dense.storage) {
      try body(UnsafeBufferPointer(start: dense.floats, count: shape.count))
    }
  }
}
