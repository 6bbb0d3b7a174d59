/// A ternary matrix outside the layout of any kernel: codes −1, 0, +1, row-major, and their scale.
///
/// What conversions between packed formats pass on. Nothing is rounded on the way.
package struct TernaryCodes: Equatable, Sendable {
  package let rows: Int
  package let columns: Int
  package let scale: Float
  package let codes: [Int8]

  package init(rows: Int, columns: Int, scale: Float, codes: [Int8]) {
    require(codes.count == rows * columns, "\(codes.count) codes for a matrix of shape [\(rows), \(columns)]")
    self.rows = rows
    self.columns = columns
    self.scale = scale
    self.codes = codes
  }

  package init(_ matrix: TernaryMatrix) {
    self.init(rows: matrix.rows, columns: matrix.columns, scale: matrix.gamma, codes: matrix.codes())
  }

  /// Recognises a matrix of at most the three values −a, 0, +a.
  /// - Parameter values: [rows, columns].
  /// - Returns: nil when there is another value, or nothing but zeros.
  package init?(exactly values: UnsafeBufferPointer<Float>, rows: Int, columns: Int) {
    guard let scale = values.first(where: { $0 != 0 })?.magnitude, scale.isFinite else { return nil }
    guard values.allSatisfy({ $0 == 0 || $0.magnitude == scale }) else { return nil }
    self.init(
      rows: rows, columns: columns, scale: scale, codes: values.map { $0 == 0 ? 0 : $0 < 0 ? -1 : 1 })
  }

  package func census() -> TernaryMatrix.Census {
    var counts = TernaryMatrix.Census()
    for code in codes {
      switch code {
      case -1: counts.minus += 1
      case 0: counts.zero += 1
      default: counts.plus += 1
      }
    }
    return counts
  }

  /// The same codes under another scale.
  package func scaled(by scale: Float) -> TernaryCodes {
    TernaryCodes(rows: rows, columns: columns, scale: scale, codes: codes)
  }
}
