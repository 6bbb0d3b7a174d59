import FileFormats

/// SHA-256 over the weights of a model with their names and types, in the order of the names.
package struct WeightsFingerprint {
  private var hash = SHA256()

  package init() {}

  /// Begins a tensor.
  package mutating func add(_ name: String, _ dataType: SafetensorsDataType) { add("\(name) \(dataType.rawValue)") }

  /// Begins a tensor of this description.
  mutating func add(_ description: String) { hash.update(description + "\n") }

  /// The next bytes of the tensor.
  package mutating func add(_ bytes: UnsafeRawBufferPointer) { hash.update(bytes) }

  package var hexadecimal: String { hash.hexadecimal }
}
