import Kernels

/// How a session keeps the keys and values of the tokens it has seen.
public enum KeyValuePrecision: String, CaseIterable, Sendable {
  /// As they were computed: the bits of training.
  case float32
  /// Rounded to float16, in half the memory; still the same bits for a prompt at once and token by token.
  case float16
}

/// Keys and values of one sequence in one layer.
protocol KeyValueCache {
  var shape: AttentionShape { get }

  func store(keys: UnsafePointer<Float>, values: UnsafePointer<Float>, first: Int, count: Int)

  func attend(queries: UnsafePointer<Float>, first: Int, count: Int, output: UnsafeMutablePointer<Float>)
}

extension PackedKeysValues: KeyValueCache {}
extension HalfPrecisionKeysValues: KeyValueCache {}

extension KeyValuePrecision {
  func cache(shape: AttentionShape, capacity: Int) -> any KeyValueCache {
    switch self {
    case .float32: PackedKeysValues(shape: shape, capacity: capacity)
    case .float16: HalfPrecisionKeysValues(shape: shape, capacity: capacity)
    }
  }

  private var byteCount: Int { self == .float32 ? 4 : 2 }

  /// Bytes of the caches of all layers for `positions` tokens.
  func byteCount(shape: AttentionShape, layers: Int, positions: Int) -> Int {
    layers * positions * shape.keyValueHeads * 2 * shape.headDimension * byteCount
  }
}
