import Autograd
import ModelFormats
import Models

extension BitNetForCausalLM: TernaryCensusSource {
  /// The weights of all `BitLinear` layers, quantised as the next forward pass will; none in full precision.
  public func forEachTernaryMatrix(_ body: (TernaryMatrixCodes) throws -> Void) rethrows {
    guard configuration.bitLinear.weightQuantization != .none else { return }
    let kinds = Dictionary(uniqueKeysWithValues: configuration.parameters.map { ($0.name, $0.kind) })
    for (name, parameter) in namedParameters {
      guard let kind = kinds[name]?.projectionName else { continue }
      let matrix = QuantizedWeight(parameter.value, configuration: configuration.bitLinear).matrix
      try body(TernaryMatrixCodes(name: name, kind: kind, codes: matrix.codes(), scale: matrix.gamma))
    }
  }
}
