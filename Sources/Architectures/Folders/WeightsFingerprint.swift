import FileFormats

/// SHA-256 over the weights of a model with their names and types, in the order of the names.
package struct WeightsFingerprint {
  private var hash = SHA256()

  package init() {}

  package mutating func add(_ name: String, _ dataType: SafetensorsDataType, _ bytes: UnsafeRawBufferPointer) {
    hash.update("\(name) \(dataType.rawValue)\n")
    hash.update(bytes)
  }

  package var hexadecimal: String { hash.hexadecimal }
}
