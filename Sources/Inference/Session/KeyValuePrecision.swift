import Kernels

/// How a session keeps the keys and values of the tokens it has seen.
public enum KeyValuePrecision: String, CaseIterable, Sendable {
  /// As they were computed: the bits of training.
  case float32
  /// Rounded to float16, in half the memory; still the same bits for a prompt at once and token by token.
  case float16
}

extension KeyValuePrecision {
  func cache(shape: AttentionShape, capacity: Int) -> PackedKeysValues {
    PackedKeysValues(shape: shape, capacity: capacity, inHalves: self == .float16)
  }

}

extension RuntimeModel {
  /// Bytes of the keys and values of a sequence that has grown to its limit.
  public func keyValueBytes(positionLimit: Int, precision: KeyValuePrecision) -> Int {
    layers.count
      * PackedKeysValues.byteCount(
        shape: attentionShape, capacity: min(positionLimit, self.positionLimit), inHalves: precision == .float16)
  }
}
