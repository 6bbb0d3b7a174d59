import Kernels

extension Architecture {
  /// Whether packed matrices have 1/γ beside them and the layer class `bitlinear`: the other class, `autobitlinear`, adds a
  /// bias before it multiplies by γ.
  var storesInverseScales: Bool { !biases.isEmpty }

  /// What stands beside a packed matrix for its scale.
  /// - Throws: `PackedScaleError` for a scale that is nobody's reciprocal.
  package func storedScale(of parameter: ModelParameter, _ scale: Float) throws -> Float {
    guard storesInverseScales else { return scale }
    let nearest = 1 / scale
    // Reciprocals of neighbouring numbers can be one number, so the one that a scale was made from may lie beside.
    let candidates = [nearest, nearest.nextUp, nearest.nextDown, nearest.nextUp.nextUp, nearest.nextDown.nextDown]
    guard let inverse = candidates.first(where: { $0.isFinite && $0 > 0 && 1 / $0 == scale }) else {
      throw PackedScaleError(tensor: parameter.name, scale: scale)
    }
    return inverse
  }
}

/// A scale that a folder of packed codes cannot hold without rounding it.
public struct PackedScaleError: Error, Equatable, Sendable, CustomStringConvertible {
  public let tensor: String
  public let scale: Float

  public var description: String {
    "\(tensor) has the scale \(scale). Packed layers with biases store its reciprocal, and no float32 number has exactly "
      + "this one. Write masters instead: --type f32."
  }
}
