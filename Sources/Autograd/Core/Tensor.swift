import Kernels

/// The number format of a tensor's elements.
public enum DataType: String, Sendable {
  case float32
  /// Storage only: operations widen it to float32 on the way in and return float32.
  case bfloat16

  package var byteCount: Int { self == .float32 ? 4 : 2 }
}

/// An n-dimensional array (rank 0 to 4) with, when gradients are recorded, the operation that made it.
///
/// A tensor is a view: shape, strides and offset over a shared, pooled `Storage`. Operations never write to their
/// operands. Tensors are not `Sendable`: a graph belongs to one thread, and the kernels use the others.
public struct Tensor {
  /// nil: a shape and a place in the graph without values, which nothing may ask for.
  package var memory: Storage?
  public let shape: Shape
  /// In elements.
  package let strides: Shape
  /// In elements.
  package let offset: Int
  public let dataType: DataType
  package let node: Node?

  package init(
    storage: Storage?, shape: Shape, strides: Shape? = nil, offset: Int = 0, dataType: DataType = .float32,
    node: Node? = nil
  ) {
    memory = storage
    self.shape = shape
    self.strides = strides ?? shape.contiguousStrides
    self.offset = offset
    self.dataType = dataType
    self.node = node
  }

  /// Contiguous memory with undefined contents.
  package init(uninitialized shape: Shape, dataType: DataType = .float32) {
    self.init(storage: Storage(byteCount: shape.count * dataType.byteCount), shape: shape, dataType: dataType)
  }

  /// A shape without values: operations may be recorded from it, and whoever asks for its memory stops the program.
  package init(withoutValues shape: Shape, node: Node? = nil) {
    self.init(storage: nil, shape: shape, node: node)
  }

  /// The shape and node of `tensor` without its memory: an operand whose values a backward pass does not need.
  package init(graphPositionOf tensor: Tensor) {
    self.init(withoutValues: tensor.shape, node: tensor.node)
  }

  package var hasValues: Bool { memory != nil }

  package var storage: Storage {
    guard let memory else { fatalError("the values of a tensor of shape \(shape) were asked for, which has none") }
    return memory
  }

  /// Whether gradients of the two flow to the same place.
  package func hasGraphPosition(of other: Tensor) -> Bool { node === other.node }

  public init(_ scalars: some Collection<Float>, shape: Shape) {
    require(scalars.count == shape.count, "\(scalars.count) scalars do not fill shape \(shape)")
    self.init(uninitialized: shape)
    _ = UnsafeMutableBufferPointer(start: floats, count: shape.count).initialize(from: scalars)
  }

  public init(_ scalar: Float) {
    self.init(repeating: scalar, shape: [])
  }

  public init(repeating value: Float, shape: Shape) {
    self.init(uninitialized: shape)
    floats.update(repeating: value, count: shape.count)
  }

  public static func zeros(_ shape: Shape) -> Tensor { Tensor(repeating: 0, shape: shape) }

  public static func ones(_ shape: Shape) -> Tensor { Tensor(repeating: 1, shape: shape) }

  /// True when operations on this tensor are recorded.
  public var requiresGradient: Bool { node != nil }

  /// The same values, cut off from the graph.
  public var detached: Tensor {
    Tensor(storage: memory, shape: shape, strides: strides, offset: offset, dataType: dataType)
  }

  package var isContiguous: Bool {
    let expected = shape.contiguousStrides
    return (0..<shape.rank).allSatisfy { shape[$0] == 1 || strides[$0] == expected[$0] }
  }

  /// The first element. Only meaningful for float32.
  package var floats: UnsafeMutablePointer<Float> {
    assert(dataType == .float32)
    return storage.elements(of: Float.self) + offset
  }

  /// The first element. Only meaningful for bfloat16.
  package var bfloats: UnsafeMutablePointer<BFloat16> {
    assert(dataType == .bfloat16)
    return storage.elements(of: BFloat16.self) + offset
  }

  /// All elements in row-major order.
  public var scalars: [Float] {
    let dense = detached.float32.contiguous
    return Array(UnsafeBufferPointer(start: dense.floats, count: shape.count))
  }

  /// The value of a tensor with one element.
  public var item: Float {
    require(shape.count == 1, "item needs one element, the shape is \(shape)")
    return scalars[0]
  }
}
