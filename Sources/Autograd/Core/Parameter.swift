import Kernels

/// A trainable tensor with an identity: tied weights share one, optimisers keep state for one.
public final class Parameter {
  /// What a parameter is decides whether weight decay applies to it.
  public enum Role: Sendable {
    case matrix, embedding, norm, bias

    /// Whether optimisers pull it towards 0.
    public var decays: Bool {
      switch self {
      case .matrix, .embedding: true
      case .norm, .bias: false
      }
    }
  }

  public let role: Role
  /// A frozen parameter takes part in the forward pass only.
  public var isTrainable: Bool
  /// float32 or bfloat16, contiguous. Written in place by optimisers, see `update`.
  public private(set) var value: Tensor
  /// Counts the writes to `value`, so that what is derived from it can be cached.
  public private(set) var version = 0
  private let leaf: Node

  public init(_ value: Tensor, role: Role = .matrix, isTrainable: Bool = true) {
    // A copy: optimisers write in place, and whoever holds the tensor must not see it change.
    self.value = value.detached.copied
    self.role = role
    self.isTrainable = isTrainable
    leaf = Node(shape: value.shape)
  }

  /// Takes the memory of a tensor that nobody else will use.
  package init(adopting value: Tensor, role: Role) {
    self.value = value.detached
    self.role = role
    isTrainable = true
    leaf = Node(shape: value.shape)
  }

  public var shape: Shape { value.shape }

  /// The value as an operand: operations on it are recorded while the parameter is trainable.
  public var tensor: Tensor {
    isTrainable && GradientMode.isRecording
      ? Tensor(
        storage: value.memory, shape: value.shape, offset: value.offset, dataType: value.dataType, node: leaf)
      : value
  }

  /// The sum of the gradients since it was last set to nil; float32, of the parameter's shape.
  public var gradient: Tensor? {
    get { leaf.gradient }
    set {
      require(newValue == nil || newValue?.shape == shape, "gradient of shape \(newValue!.shape) for \(shape)")
      leaf.gradient = newValue?.detached.float32.contiguous
    }
  }

  /// Replaces the value, e.g. by one read from a file or of another data type.
  public func replaceValue(_ newValue: Tensor) {
    require(newValue.shape == shape, "value of shape \(newValue.shape) for a parameter of shape \(shape)")
    value = newValue.detached.copied
    version += 1
  }

  /// The same with the memory of a tensor that nobody else will use.
  package func replaceValue(adopting newValue: Tensor) {
    require(newValue.shape == shape, "value of shape \(newValue.shape) for a parameter of shape \(shape)")
    value = newValue.detached
    version += 1
  }

  /// Lends the value to be changed in place. Nothing recorded may still depend on the old value.
  package func update(_ body: (Tensor) -> Void) {
    body(value)
    version += 1
  }
}
