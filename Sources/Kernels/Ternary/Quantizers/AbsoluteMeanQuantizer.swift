/// BitNet b1.58 (arXiv 2402.17764): `γ = max(mean|W|, 1e-5)`, `code = clip(roundHalfEven(W/γ), -1, 1)`.
struct AbsoluteMeanQuantizer: WeightQuantizer {
  var codeKind: String { "ternary" }

  func rule(for weights: WeightValues, scaleDataType: ScaleDataType) -> CodeRule {
    let scale = scaleDataType.rounded(weights.meanMagnitude())
    return CodeRule(scale: scale, rounding: .nearest(divisor: scale))
  }
}
