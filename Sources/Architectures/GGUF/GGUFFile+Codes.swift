import Architectures
import FileFormats
import Kernels

extension GGUFFile {
  /// The ternary matrix that a projection computes with, whatever type it is stored in.
  ///
  /// A separate `.scale` multiplies the stored one. Real numbers that are three values −a, 0, +a are codes already;
  /// other ones are masters and quantised as training does it.
  /// - Throws: `GGUFError`.
  package func codes(of parameter: ModelParameter, numerics: BitLinearConfiguration) throws -> TernaryCodes {
    let tensor = try tensor(parameter.ggufName)
    let stored = tensor.type.isTernary ? try ternaryCodes(of: tensor) : try codes(ofFloats: tensor, numerics)
    guard self[parameter.ggufScaleName] != nil else { return stored }
    let scale = try floats(of: parameter.ggufScaleName)[0]
    guard scale.isFinite, scale >= 0 else {
      throw error(.invalidTensor(name: parameter.ggufScaleName, "the scale \(scale), expected a finite number ≥ 0"))
    }
    return stored.scaled(by: stored.scale * scale)
  }

  private func codes(ofFloats tensor: GGUFTensor, _ numerics: BitLinearConfiguration) throws -> TernaryCodes {
    let values = try floats(of: tensor.name)
    guard values.allSatisfy(\.isFinite) else {
      throw error(.invalidTensor(name: tensor.name, "values that are NaN or infinite"))
    }
    return values.withUnsafeBufferPointer { values in
      if let codes = TernaryCodes(exactly: values, rows: tensor.rows, columns: tensor.columns) { return codes }
      guard let weights = values.baseAddress else {
        return TernaryCodes(rows: tensor.rows, columns: tensor.columns, scale: 0, codes: [])
      }
      return TernaryCodes(
        TernaryMatrix(
          quantizing: weights, rows: tensor.rows, columns: tensor.columns, configuration: numerics))
    }
  }
}
