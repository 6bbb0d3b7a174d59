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

  private var byteCount: Int { self == .float32 ? 4 : 2 }

  /// Bytes of the caches of all layers for `positions` tokens.
  func byteCount(shape: AttentionShape, layers: Int, positions: Int) -> Int {
    layers * positions * shape.keyValueHeads * 2 * shape.headDimension * byteCount
  }
}
