import Kernels
import Testing

/// Masters that quantise to given codes and a given scale.
@Suite struct MastersOfCodesTests {
  private static let formats: [StoredFloatFormat] = [.float32, .float16, .bfloat16]

  private func matrix(_ rows: Int, _ columns: Int, scale: Float, in range: ClosedRange<Int> = -1...1) -> TernaryCodes {
    var samples = Samples(rows)
    let codes = samples.integers(rows * columns, in: range).map { Int8($0) }
    return TernaryCodes(rows: rows, columns: columns, scale: scale, codes: codes)
  }

  /// A value, for the macros would print all numbers of a matrix.
  private func quantizeBack(_ masters: [Float], to codes: TernaryCodes, _ numerics: BitLinearConfiguration) -> Bool {
    quantized(masters, codes, numerics) == codes
  }

  private func quantized(_ masters: [Float], _ shape: TernaryCodes, _ numerics: BitLinearConfiguration) -> TernaryCodes
  {
    masters.withUnsafeBufferPointer { values in
      TernaryCodes(
        TernaryMatrix(
          quantizing: values.baseAddress!, rows: shape.rows, columns: shape.columns, configuration: numerics))
    }
  }

  @Test(arguments: formats, ScaleDataType.allCases)
  func quantiseToTheSame(_ format: StoredFloatFormat, _ scaleDataType: ScaleDataType) throws {
    let numerics = BitLinearConfiguration(scaleDataType: scaleDataType)
    for scale in [0.0371, 0.5, 1.7, 0.002] as [Float] {
      let scale = scaleDataType.rounded(scale)
      let matrix = matrix(512, 2048, scale: scale)
      guard let masters = matrix.masters(in: format, numerics) else {
        Issue.record("\(scale) has no masters")
        continue
      }
      let (comesBack, isHeld) = (
        quantizeBack(masters, to: matrix, numerics), masters.allSatisfy(isHeld(by: format))
      )
      #expect(comesBack && isHeld, "\(scale)")
    }
  }

  private func isHeld(by format: StoredFloatFormat) -> (Float) -> Bool {
    switch format {
    case .float16: { Float16Conversion.roundedToFloat16($0) == $0 }
    case .bfloat16: { BFloat16($0).floatValue == $0 }
    default: { $0.isFinite }
    }
  }

  /// The products of codes and scale have a smaller mean: that is what masters are for.
  @Test func codeTimesScaleIsNotEnough() {
    let numerics = BitLinearConfiguration(scaleDataType: .float32)
    let matrix = matrix(64, 256, scale: 0.25)
    #expect(quantized(matrix.codes.map { Float($0) * 0.25 }, matrix, numerics).scale < 0.2)
  }

  @Test func smallMatricesOfFewNumbersToo() throws {
    var found = 0
    for rows in 1...40 {
      let numerics = BitLinearConfiguration(scaleDataType: .float32)
      let matrix = matrix(rows, 24, scale: 0.1 + Float(rows) / 77)
      guard matrix.codes.contains(where: { $0 != 0 }) else { continue }
      guard let masters = matrix.masters(in: .float32, numerics) else { continue }
      let comesBack = quantizeBack(masters, to: matrix, numerics)
      #expect(comesBack, "\(rows) rows")
      found += 1
    }
    // One column of so few numbers has too few means to choose from.
    #expect(found > 20, "\(found)")
  }

  @Test func binaryCodesToo() throws {
    let numerics = BitLinearConfiguration(weightQuantization: .sign, scaleDataType: .float16)
    var binary = matrix(64, 256, scale: 0.25)
    binary = TernaryCodes(rows: 64, columns: 256, scale: 0.25, codes: binary.codes.map { $0 == 0 ? -1 : $0 })
    let masters = try #require(binary.masters(in: .float32, numerics))
    let comesBack = quantizeBack(masters, to: binary, numerics)
    #expect(comesBack)
  }

  @Test func whatNothingQuantisesToHasNone() {
    let numerics = BitLinearConfiguration(scaleDataType: .float32)
    #expect(matrix(8, 16, scale: 0).masters(in: .float32, numerics) == nil)
    #expect(matrix(8, 16, scale: 1e6).masters(in: .float16, numerics) == nil)
    // Scales are at least 1e-5.
    #expect(matrix(8, 16, scale: 1e-7).masters(in: .float32, numerics) == nil)
    let zeros = matrix(8, 16, scale: 3, in: 0...0)
    #expect(zeros.masters(in: .bfloat16, numerics) == [Float](repeating: 0, count: 128))
  }
}
