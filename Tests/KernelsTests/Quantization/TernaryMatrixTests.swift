import Kernels
import Testing

/// The one place where weights become codes and a scale.
@Suite struct TernaryMatrixTests {
  static let shapes = [(1, 1), (1, 5), (3, 7), (16, 16), (17, 65), (40, 130)]

  static func matrix(
    _ w: [Float], _ rows: Int, _ columns: Int, _ quantization: WeightQuantization = .absmean,
    _ scale: ScaleDataType = .float16
  ) -> TernaryMatrix {
    TernaryMatrix(
      quantizing: w, rows: rows, columns: columns,
      configuration: .init(weightQuantization: quantization, scaleDataType: scale))
  }

  @Test(arguments: shapes) func scaleIsTheMeanMagnitude(_ rows: Int, _ columns: Int) {
    var samples = Samples(1)
    let w = samples.floats(rows * columns, magnitude: 0.04)
    let mean = w.reduce(0.0) { $0 + Double(abs($1)) } / Double(w.count)
    forEachPath { path in
      let (full, half) = (Self.matrix(w, rows, columns, .absmean, .float32), Self.matrix(w, rows, columns))
      #expect(abs(Double(full.gamma) - mean) <= 1e-6 * mean, "\(path)")
      #expect(half.gamma == Float16Conversion.roundedToFloat16(full.gamma))
      #expect(Self.matrix(w, rows, columns, .sign, .float32).gamma == full.gamma)
    }
  }

  @Test(arguments: shapes) func codesAreRoundedWithTheRoundedScale(_ rows: Int, _ columns: Int) {
    var samples = Samples(2)
    let w = samples.floats(rows * columns, magnitude: 0.04)
    forEachPath { path in
      for scale in [ScaleDataType.float16, .float32] {
        let matrix = Self.matrix(w, rows, columns, .absmean, scale)
        let expected = w.map { PackCodesTests.code($0, gamma: matrix.gamma, center: 0, isBinary: false) }
        Self.expectCodes(matrix, expected, "\(path), \(scale)")
      }
    }
  }

  @Test(arguments: shapes) func signCodesAreThoseOfTheCentredWeights(_ rows: Int, _ columns: Int) {
    var samples = Samples(3)
    let w = samples.floats(rows * columns, magnitude: 0.04).map { $0 + 0.01 }
    let mean = Float(w.reduce(0.0) { $0 + Double($1) } / Double(w.count))
    forEachPath { path in
      let expected = w.map { PackCodesTests.code($0, gamma: 1, center: mean, isBinary: true) }
      let matrix = Self.matrix(w, rows, columns, .sign)
      Self.expectCodes(matrix, expected, "\(path)")
      #expect(matrix.census().zero == 0)
    }
  }

  private static func expectCodes(_ matrix: TernaryMatrix, _ expected: [Int8], _ what: String) {
    let (rows, columns) = (matrix.rows, matrix.columns)
    expectSame(matrix.codes(), expected, "\(what)")
    expectSame((0..<rows * columns).map { matrix[$0 / columns, $0 % columns] }, expected, "\(what)")
    let census = TernaryMatrix.Census(
      minus: expected.count { $0 == -1 }, zero: expected.count { $0 == 0 }, plus: expected.count { $0 == 1 })
    #expect(matrix.census() == census, "\(what)")
    var dense = [Float](repeating: 99, count: expected.count)
    matrix.dequantize(into: &dense)
    expectSame(dense, expected.map { Float($0) * matrix.gamma }, "\(what)")
  }

  @Test func differencesCountChangedCodes() {
    var samples = Samples(4)
    let w = samples.floats(19 * 21)
    var changed = w
    for index in [0, 5, 20, 21, 398] { changed[index] = abs(w[index]) < 0.3 ? 0.9 : -w[index] * 0.001 }
    let (before, after) = (Self.matrix(w, 19, 21, .absmean, .float32), Self.matrix(changed, 19, 21, .absmean, .float32))
    let expected = zip(before.codes(), after.codes()).count { $0 != $1 }
    #expect(expected >= 5)
    #expect(after.differences(from: before) == expected && before.differences(from: after) == expected)
    #expect(before.differences(from: before) == 0)
  }

  @Test func scaleHasAFloor() {
    forEachPath { _ in
      let zero = Self.matrix([Float](repeating: 0, count: 35), 5, 7, .absmean, .float32)
      #expect(zero.gamma == 1e-5 && zero.codes().allSatisfy { $0 == 0 })
      let tiny = Self.matrix([Float](repeating: 6e-6, count: 35), 5, 7, .absmean, .float32)
      #expect(tiny.gamma == 1e-5 && tiny.codes().allSatisfy { $0 == 1 })
      let half = Self.matrix([Float](repeating: 0, count: 35), 5, 7)
      #expect(half.gamma == 168 * 0x1p-24, "1e-5 is a subnormal number in float16")
    }
  }

  /// Exactly γ/2 is a code of 0: mean(|±1|, |±3|) = 2, so that 1 = γ/2.
  @Test func halfOfTheScaleIsZero() {
    let w: [Float] = [1, -1, 3, -3]
    forEachPath { _ in
      let matrix = Self.matrix(w, 2, 2)
      #expect(matrix.gamma == 2 && matrix.codes() == [0, 0, 1, -1])
    }
  }

  @Test(arguments: [WeightQuantization.absmean, .sign], [Float.nan, .infinity, -.infinity])
  func aBadWeightMakesEveryProductNaN(_ quantization: WeightQuantization, _ bad: Float) {
    var samples = Samples(5)
    var w = samples.floats(17 * 9)
    w[30] = bad
    let x = samples.floats(3 * 9)
    forEachPath { path in
      let y = TernaryMatmulTests.multiply(Self.matrix(w, 17, 9, quantization), x, rows: 3)
      #expect(y.allSatisfy { !$0.isFinite }, "\(path)")
      if bad.isNaN { #expect(y.allSatisfy { $0.isNaN }, "\(path)") }
    }
  }

  @Test func threadsAndPathsDoNotChangeTheMatrix() {
    var samples = Samples(6)
    let (rows, columns) = (150, 700)
    let w = samples.floats(rows * columns, magnitude: 0.02)
    var scales: Set<UInt32> = []
    var codes: Set<[Int8]> = []
    forEachPath { _ in
      for threads in [1, 2, 3] {
        let matrix = withThreads(threads) { Self.matrix(w, rows, columns, .absmean, .float32) }
        scales.insert(matrix.gamma.bitPattern)
        codes.insert(matrix.codes())
      }
    }
    #expect(scales.count == 1 && codes.count == 1)
  }
}
