/// The number format of the matrix products in the backward pass of quantised layers.
public enum BackwardPrecision: Sendable {
  case float32
  /// Rounds output gradients to bfloat16 and accumulates in float32; float32 where the processor has no such products.
  case bfloat16

  /// What operations use; `$current.withValue(precision) { … }` replaces it for a scope.
  @TaskLocal public static var current = BackwardPrecision.float32
}
