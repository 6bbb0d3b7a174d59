import Architectures
import Kernels

/// What became of a model.
package struct ConversionReport: Encodable {
  package let output: String
  package let subNorms: String
  package let addedNorms: Int
  package let quantizedMatrices: Int
  package let quantizedParameters: Int
  package let parameters: Int
  package let gainTokens: Int
  package let comparedTokens: Int
  /// Nats per token of the original, of the result in full precision, and of the result with all its layers quantised.
  package let lossOriginal: Double
  package let lossConverted: Double
  package let lossQuantized: Double
  /// Between the first two.
  package let maximumLogitDifference: Float
  package let rootMeanSquareLogitDifference: Double
  /// Tokens for which both find the same successor the likeliest.
  package let agreeingTokens: Int

  init(
    output: String, architecture: Architecture, subNorms: Architecture.SubNorms, addedNorms: Int, gainTokens: Int,
    comparedTokens: Int, comparison: ConversionWindows.Comparison, lossQuantized: Double
  ) {
    let quantized = architecture.quantizedParameters
    self.output = output
    self.subNorms = subNorms.rawValue
    self.addedNorms = addedNorms
    quantizedMatrices = quantized.count
    quantizedParameters = quantized.reduce(0) { $0 + $1.elementCount }
    parameters = architecture.parameterCount
    (self.gainTokens, self.comparedTokens) = (gainTokens, comparedTokens)
    (lossOriginal, lossConverted, self.lossQuantized) = (comparison.before, comparison.after, lossQuantized)
    maximumLogitDifference = comparison.maximumLogitDifference
    rootMeanSquareLogitDifference = comparison.rootMeanSquareLogitDifference
    agreeingTokens = comparison.agreeing
  }
}
