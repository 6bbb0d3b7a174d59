import Crypto
import FileFormats
import Foundation

/// SHA-256 over the weights of a model with their names and types, in the order of the names.
package struct WeightsFingerprint {
  private var hash = SHA256()

  package init() {}

  package mutating func add(_ name: String, _ dataType: SafetensorsDataType, _ bytes: UnsafeRawBufferPointer) {
    hash.update(data: Data("\(name) \(dataType.rawValue)\n".utf8))
    hash.update(bufferPointer: bytes)
  }

  package var hexadecimal: String {
    hash.finalize().map { String(format: "%02x", $0) }.joined()
  }
}
