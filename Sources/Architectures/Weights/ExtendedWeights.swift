import Foundation
import Kernels

/// The weights of a model as those of another architecture, which has more norms.
package struct ExtendedWeights: ModelWeights {
  private let source: any ModelWeights
  package let architecture: Architecture
  /// Of the added norms, by name.
  private let gains: [String: [Float]]

  package var url: URL { source.url }

  /// - Parameter gains: of every norm that `architecture` has and the source has not.
  package init(_ source: any ModelWeights, as architecture: Architecture, gains: [String: [Float]]) {
    (self.source, self.architecture, self.gains) = (source, architecture, gains)
  }

  package func withStored<Result>(
    _ parameter: ModelParameter, _ body: (StoredTensor) throws -> Result
  ) throws -> Result {
    guard let gain = gains[parameter.name] else { return try source.withStored(parameter, body) }
    require(
      gain.count == parameter.elementCount, "\(gain.count) gains for \(parameter.name) of shape \(parameter.shape)")
    return try gain.withUnsafeBytes { bytes in
      try body(StoredTensor(.floats(.float32), shape: parameter.shape, bytes: bytes, place: parameter.name))
    }
  }
}
