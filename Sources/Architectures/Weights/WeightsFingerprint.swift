import Crypto
import FileFormats
import Foundation

/// SHA-256 over the weights of a model with their names and types, in the order of the names.
package struct WeightsFingerprint {
  private var hash = SHA256()

  package init() {}

  /// Begins a tensor.
  package mutating func add(_ name: String, _ dataType: SafetensorsDataType) {
    hash.update(data: Data("\(name) \(dataType.rawValue)\n".utf8))
  }

  /// The next bytes of the tensor.
  package mutating func add(_ bytes: UnsafeRawBufferPointer) { hash.update(bufferPointer: bytes) }

  package var hexadecimal: String {
    hash.finalize().map { String(format: "%02x", $0) }.joined()
  }
}
