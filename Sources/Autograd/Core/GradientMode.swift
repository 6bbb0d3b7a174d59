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
  package func recorded(
    from operands: Tensor..., by operation: @autoclosure () -> any BackwardOperation
  ) -> Tensor {
    recorded(from: operands, by: operation())
  }

  package func recorded(
    from operands: [Tensor], by operation: @autoclosure () -> any BackwardOperation
  ) -> Tensor {
    guard operands.contains(where: \.requiresGradient), GradientMode.isRecording else { return self }
    let operation = operation()
    OperationProfile.current?.mark(operation, "forward")
    let node = Node(shape: shape, inputs: operands.map(\.node), operation: operation)
    return Tensor(storage: storage, shape: shape, strides: strides, offset: offset, dataType: dataType, node: node)
  }
}
