/// BitNet (arXiv 2310.11453): `γ = max(mean|W|, 1e-5)`, `code = sign(W − mean W)`, 0 counting as −1.
struct SignQuantizer: WeightQuantizer {
  var codeKind: String { "binary" }

  func rule(for weights: WeightValues, scaleDataType: ScaleDataType) -> CodeRule {
    CodeRule(scale: scaleDataType.rounded(weights.meanMagnitude()), rounding: .sign(center: weights.mean()))
  }
}
