import FileFormats
import Kernels

extension ModelWeights {
  /// SHA-256, in hexadecimal, of what adapters are trained against: the codes and scales of quantised matrices, and the
  /// numbers of the others; the same whatever format a model is stored in, as long as that rounds nothing.
  ///
  /// The vocabulary is not part of it: models that differ in added tokens alone have one fingerprint.
  package func layersFingerprint() throws -> String {
    var hash = SHA256()
    for parameter in architecture.parameters where parameter.projection != nil {
      hash.update("\(parameter.name) \(parameter.shape)\n")
      if architecture.isQuantized(parameter) {
        let matrix = try codes(of: parameter)
        matrix.codes.withUnsafeBytes { hash.update($0) }
        withUnsafeBytes(of: matrix.scale.bitPattern.littleEndian) { hash.update($0) }
      } else {
        try withStored(parameter) { stored in
          let together = max(1, (1 << 20) / max(1, stored.columns))
          for first in stride(from: 0, to: stored.rows, by: together) {
            try stored.floats(first..<min(first + together, stored.rows)).withUnsafeBytes { hash.update($0) }
          }
        }
      }
    }
    return hash.hexadecimal
  }
}
