/// Whether operations are recorded.
package enum GradientMode {
  @TaskLocal package static var isRecording = true
}

/// Runs `body` without recording: its results need no gradient and nothing is kept for a backward pass.
public func withoutGradients<Result>(_ body: () throws -> Result) rethrows -> Result {
  try GradientMode.$isRecording.withValue(false, operation: body)
}

extension Tensor {
  /// This value as the result of an operation on `operands`, recorded if any of them needs a gradient.
  ///
  /// What operations end with: the forward half computes values from `detached` operands, and the backward half is kept
  /// until `backward` reaches it. `Examples/Extension` has a complete one.
  /// - Parameters:
  ///   - operands: in the order in which `operation` numbers them for its `GradientSink`.
  ///   - operation: is not made when nothing is recorded.
  public func recorded(
    from operands: Tensor..., by operation: @autoclosure () -> any BackwardOperation
  ) -> Tensor {
    recorded(from: operands, by: operation())
  }

  /// The same for operands in an array.
  public func recorded(
    from operands: [Tensor], by operation: @autoclosure () -> any BackwardOperation
  ) -> Tensor {
    guard operands.contains(where: \.requiresGradient), GradientMode.isRecording else { return self }
    let operation = operation()
    OperationProfile.current?.mark(operation, "forward")
    let node = Node(shape: shape, inputs: operands.map(\.node), operation: operation)
    return Tensor(storage: memory, shape: shape, strides: strides, offset: offset, dataType: dataType, node: node)
  }
}
