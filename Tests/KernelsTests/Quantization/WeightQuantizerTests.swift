import Kernels
import Testing

/// Ternary weight networks (arXiv 1605.04711): what is beyond 0.7·mean|w| counts, the scale is the mean of what counts.
/// All that a quantiser has to be.
private struct ThresholdQuantizer: WeightQuantizer {
  var codeKind: String { "ternary" }

  func rule(for weights: WeightValues, scaleDataType: ScaleDataType) -> CodeRule {
    let threshold = 0.7 * weights.meanMagnitude()
    let kept = (0..<weights.rows * weights.columns).map { abs(weights.values[$0]) }.filter { $0 > threshold }
    let scale = scaleDataType.rounded(kept.reduce(0, +) / Float(max(1, kept.count)))
    return CodeRule(scale: scale, rounding: .nearest(divisor: 2 * threshold))
  }
}

@Suite struct WeightQuantizerTests {
  @Test func aQuantiserIsARule() {
    // 0.4 is beyond the threshold of 0.35, and below half of the scale.
    let w: [Float] = [0.1, -0.9, 0.4, -0.2, 1.4, 0.0]
    w.withUnsafeBufferPointer { buffer in
      let values = WeightValues(buffer.baseAddress!, rows: 2, columns: 3)
      let matrix = TernaryMatrix(values, by: ThresholdQuantizer().rule(for: values, scaleDataType: .float32))
      #expect(matrix.codes() == [0, -1, 1, 0, 1, 0])
      #expect(abs(matrix.gamma - 0.9) <= 1e-6)
      var dense = w
      matrix.dequantize(into: &dense)
      #expect(dense == [0, -matrix.gamma, matrix.gamma, 0, matrix.gamma, 0])
    }
  }

  @Test func onlyFullPrecisionHasNoQuantiser() {
    for quantization in WeightQuantization.allCases {
      #expect(quantization.isQuantizing == (quantization != .none))
      #expect((quantization.quantizer == nil) == (quantization == .none))
    }
    #expect(WeightQuantization.absmean.quantizer?.codeKind == "ternary")
    #expect(WeightQuantization.sign.quantizer?.codeKind == "binary")
  }

  @Test func aMatrixWithoutElementsHasTheLeastScale() {
    let none = WeightValues([], rows: 0, columns: 4)
    for quantizer in WeightQuantization.allCases.compactMap(\.quantizer) {
      #expect(quantizer.rule(for: none, scaleDataType: .float32).scale == 1e-5)
    }
  }
}
