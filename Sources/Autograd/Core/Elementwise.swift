import Kernels

/// Loops over dense memory, split over the threads.
package enum Elementwise {
  /// Below this many elements a second thread costs more than it saves.
  package static let grain = 16_384

  package static func addInPlace(
    _ destination: UnsafeMutablePointer<Float>, _ source: UnsafePointer<Float>, count: Int
  ) {
    ThreadPool.current.forEachRange(of: count, multipleOf: 16, minimumPerThread: grain) { range in
      for index in range { destination[index] += source[index] }
    }
  }

  @inline(__always)
  package static func map(
    _ source: UnsafePointer<Float>, _ destination: UnsafeMutablePointer<Float>, count: Int,
    _ transform: (Float) -> Float
  ) {
    ThreadPool.current.forEachRange(of: count, multipleOf: 16, minimumPerThread: grain) { range in
      for index in range { destination[index] = transform(source[index]) }
    }
  }
}
