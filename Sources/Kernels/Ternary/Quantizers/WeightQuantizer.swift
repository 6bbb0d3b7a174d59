import CKernels

/// Turns a matrix of weights into codes −1, 0, +1 and one scale γ: weight ≈ code·γ.
///
/// A new one is a type with this conformance and a case of `WeightQuantization`.
package protocol WeightQuantizer: Sendable {
  /// The codes that occur, in words: `ternary` or `binary`.
  var codeKind: String { get }

  /// Measures a matrix and decides how each of its elements becomes a code.
  /// - Parameter scaleDataType: what the scale has to be representable in, see `ScaleDataType.rounded`.
  func rule(for weights: WeightValues, scaleDataType: ScaleDataType) -> CodeRule
}

/// How the elements w of one matrix become codes.
package struct CodeRule {
  package enum Rounding {
    /// clip(roundHalfEven(w / divisor), −1, 1)
    case nearest(divisor: Float)
    /// The sign of w − center, 0 counting as −1.
    case sign(center: Float)
  }

  /// γ
  package var scale: Float
  package var rounding: Rounding

  package init(scale: Float, rounding: Rounding) {
    self.scale = scale
    self.rounding = rounding
  }
}

extension ScaleDataType {
  /// The nearest value that this format holds.
  package func rounded(_ scale: Float) -> Float {
    switch self {
    case .float32: scale
    case .float16: Float16Conversion.roundedToFloat16(scale)
    }
  }
}

/// The weights of a matrix and what quantisers measure of them, in a fixed order of summation.
package struct WeightValues {
  /// float32 [rows, columns].
  package let values: UnsafePointer<Float>
  package let rows: Int
  package let columns: Int

  package init(_ values: UnsafePointer<Float>, rows: Int, columns: Int) {
    self.values = values
    self.rows = rows
    self.columns = columns
  }

  /// mean|w|, at least 1e-5: per-row sums of 16 interleaved float32 chains, added over rows in float64.
  ///
  /// NaN when a weight is not finite, so that every product with the matrix is.
  package func meanMagnitude() -> Float {
    guard rows > 0 && columns > 0 else { return Self.leastScale }
    let kernels = KernelTable.current
    let storage = Storage(byteCount: rows * 4)
    let sums = storage.elements(of: Float.self)
    ThreadPool.current.forEachRange(of: rows, minimumPerThread: max(1, 65_536 / columns)) { range in
      for row in range { sums[row] = kernels.absolute_sum(values + row * columns, 0, columns) }
    }
    let sum = (0..<rows).reduce(0.0) { $0 + Double(sums[$1]) }
    let mean = Float(sum / Double(rows * columns))
    return mean < Self.leastScale ? Self.leastScale : mean
  }

  /// The mean, summed in float64; 0 without weights.
  package func mean() -> Float {
    var sum = 0.0
    for index in 0..<rows * columns { sum += Double(values[index]) }
    return Float(sum / Double(max(1, rows * columns)))
  }

  /// A matrix of zeros has this scale.
  private static let leastScale: Float = 1e-5
}
