import Autograd
import Kernels

#if canImport(Glibc)
  import Glibc
#else
  import Darwin
#endif

/// Draws initial weights; every matrix has a random stream of its own, so that its values depend only on the seed and
/// on how many matrices came before it.
public struct WeightInitialization {
  private let seed: UInt64
  /// nil: the matrices have no values yet.
  private let standardDeviation: Float?
  private var matrixCount: UInt64 = 0

  public init(seed: UInt64, standardDeviation: Float) {
    self.init(seed: seed, standardDeviation: standardDeviation, firstStream: 0)
  }

  /// - Parameter firstStream: the random stream of the first matrix, for matrices besides those of a model.
  package init(seed: UInt64, standardDeviation: Float, firstStream: UInt64) {
    self.seed = seed
    self.standardDeviation = standardDeviation
    matrixCount = firstStream
  }

  private init() {
    seed = 0
    standardDeviation = nil
  }

  /// For weights that are replaced before anyone reads them: shapes without memory.
  package static var undefined: WeightInitialization { WeightInitialization() }

  /// A parameter drawn from N(0, standardDeviation²).
  public mutating func normal(_ shape: Shape, role: Parameter.Role = .matrix) -> Parameter {
    guard let standardDeviation else {
      return Parameter(adopting: Tensor(withoutValues: shape), role: role)
    }
    var stream = RandomStream(seed: seed, purpose: .initialization, substream: matrixCount)
    matrixCount += 1
    var values = [Float]()
    values.reserveCapacity(shape.count + 1)
    while values.count < shape.count {
      let (first, second) = Self.normalPair(&stream)
      values.append(first * standardDeviation)
      values.append(second * standardDeviation)
    }
    return Parameter(Tensor(values.prefix(shape.count), shape: shape), role: role)
  }

  /// Box–Muller.
  private static func normalPair(_ stream: inout RandomStream) -> (Float, Float) {
    // In (0, 1], so that the logarithm is finite.
    let radius = sqrt(-2 * log(1 - Double(stream.next() >> 11) * 0x1p-53))
    let angle = 2 * Double.pi * (Double(stream.next() >> 11) * 0x1p-53)
    return (Float(radius * cos(angle)), Float(radius * sin(angle)))
  }
}
