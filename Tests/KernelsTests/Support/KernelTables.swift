import CKernels
import Kernels

/// Lengths around the vector widths of all instruction sets.
let oddLengths = Array(1...33) + [63, 64, 65, 127, 129, 255, 257, 1023]

/// The kernels of every path this machine can run, with its name; the portable twin comes first.
func forEachTable(_ body: (bitnet_kernels, KernelPath) throws -> Void) rethrows {
  for path in KernelPath.available {
    try KernelPath.$current.withValue(path) { try body(KernelTable.current, path) }
  }
}

/// Runs `body` with the current path set to each available one.
func forEachPath(_ body: (KernelPath) throws -> Void) rethrows {
  for path in KernelPath.available {
    try KernelPath.$current.withValue(path) { try body(path) }
  }
}

func withThreads<Result>(_ count: Int, _ body: () throws -> Result) rethrows -> Result {
  try ThreadPool.$current.withValue(ThreadPool(threadCount: count), operation: body)
}

/// Reproducible test data.
struct Samples {
  private var random: RandomStream

  init(_ seed: Int) { random = RandomStream(seed: UInt64(seed), purpose: .initialization) }

  /// Uniform in [-magnitude, magnitude).
  mutating func floats(_ count: Int, magnitude: Float = 1) -> [Float] {
    (0..<count).map { _ in (random.nextUniform() * 2 - 1) * magnitude }
  }

  mutating func integers<Integer: FixedWidthInteger>(_ count: Int, in range: ClosedRange<Integer>) -> [Integer] {
    (0..<count).map { _ in Integer.random(in: range, using: &random) }
  }
}

extension [Float] {
  /// Tells −0 from 0 and finds a NaN equal to itself.
  var bitPatterns: [UInt32] { map(\.bitPattern) }
}

/// Half a unit in the last place of 1: the relative error of one float32 operation.
let unitRoundoff = 0x1p-24

/// The bound n·u·Σ|terms| on the error of a float32 sum of n products in any order (Higham, Accuracy and Stability of
/// Numerical Algorithms, §3.1), with some operations to spare for what happens to the sum.
func sumErrorBound(magnitude: Double, count: Int) -> Double { Double(count + 8) * unitRoundoff * magnitude }
