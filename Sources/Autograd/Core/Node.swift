import Kernels
import Synchronization

/// The backward half of an operation: holds exactly what the forward half had to keep.
///
/// It runs at most once and is then freed, with what it holds. The tensors among that are `detached`: others would keep
/// the graph behind them alive and record what is computed from them.
public protocol BackwardOperation {
  /// Adds the gradients of the inputs, given the gradient of the output (float32, contiguous).
  func backward(_ outputGradient: Tensor, into inputs: GradientSink)
}

/// A vertex of the recorded graph: the output of an operation, or a parameter.
///
/// Nodes are numbered in the order of their creation, so that walking them backwards by number is a topological order.
/// A node without an operation is a leaf (a parameter) or, once the graph has been walked, spent.
package final class Node {
  private static let counter = Atomic<UInt64>(0)

  package let number: UInt64
  package let shape: Shape
  /// Edges to the nodes of the operands; nil for operands that need no gradient. Empty for leaves.
  private(set) var inputs: [Node?]
  private var operation: (any BackwardOperation)?
  fileprivate let isLeaf: Bool
  /// float32, contiguous; accumulated while the graph is walked. Persists in leaves only.
  package var gradient: Tensor?

  package init(shape: Shape, inputs: [Node?] = [], operation: (any BackwardOperation)? = nil) {
    number = Self.counter.add(1, ordering: .relaxed).newValue
    self.shape = shape
    self.inputs = inputs
    self.operation = operation
    isLeaf = operation == nil
  }

  deinit {
    guard !inputs.isEmpty else { return }
    // Without this a long chain that is dropped without a backward pass recurses until the stack is full.
    var pending = inputs.compactMap(\.self)
    inputs = []
    while var node = pending.popLast() {
      guard isKnownUniquelyReferenced(&node) else { continue }
      for case let input? in node.inputs { pending.append(input) }
      node.inputs = []
    }
  }

  /// Runs the backward half and frees what it had saved.
  fileprivate func propagate() {
    guard !isLeaf else {
      // Optimisers and clipping change the gradients of parameters in place.
      if gradient != nil { makeGradientUnique() }
      return
    }
    guard let operation else {
      fatalError("backward ran through this part of the graph before, which freed it (shape \(shape))")
    }
    self.operation = nil
    if let outputGradient = gradient {
      gradient = nil
      operation.backward(outputGradient, into: GradientSink(nodes: inputs))
      OperationProfile.current?.mark(operation, "backward")
    }
    inputs = []
  }
}

extension Tensor {
  /// Computes the gradients of everything this tensor depends on, adding to what parameters already hold.
  ///
  /// The graph is freed while it is walked: a second call traps.
  /// - Parameter gradient: of some loss with respect to this tensor; ones by default, which needs a single element.
  public func backward(_ gradient: Tensor? = nil) {
    guard let node else { fatalError("backward needs a tensor that depends on a parameter") }
    require(gradient != nil || shape.count == 1, "backward without a gradient needs one element, got \(shape)")
    require(gradient == nil || gradient?.shape == shape, "gradient of shape \(gradient!.shape) for \(shape)")
    GradientSink(nodes: [node]).add(gradient?.float32 ?? .ones(shape), to: 0)
    var pending = Node.reachable(from: node)
    while let next = pending.popLast() { next.propagate() }
  }
}

extension Node {
  /// `root` and all its ancestors, oldest first.
  fileprivate static func reachable(from root: Node) -> [Node] {
    var seen: Set<UInt64> = [root.number]
    var found = [root]
    var next = 0
    while next < found.count {
      for case let input? in found[next].inputs where seen.insert(input.number).inserted { found.append(input) }
      next += 1
    }
    return found.sorted { $0.number < $1.number }
  }
}

/// Where an operation's backward half delivers the gradients of its operands, by position.
public struct GradientSink {
  fileprivate let nodes: [Node?]

  /// The number of operands.
  public var count: Int { nodes.count }

  /// False when the operand needs no gradient, so that its computation can be skipped.
  public func wants(_ input: Int) -> Bool { nodes[input] != nil }

  /// The shape of an operand that needs a gradient.
  public func shape(of input: Int) -> Shape? { nodes[input]?.shape }

  /// Adds `gradient` to the gradient of an operand, summed over the axes along which the operand was broadcast.
  public func add(_ gradient: Tensor, to input: Int) {
    guard let node = nodes[input] else { return }
    let contribution = gradient.detached.summed(to: node.shape).contiguous
    if node.gradient == nil {
      node.gradient = contribution
    } else {
      accumulate(to: input) { destination, _ in
        Elementwise.addInPlace(destination, contribution.floats, count: node.shape.count)
      }
    }
  }

  /// Lends the memory of an operand's gradient (row-major, of the operand's shape).
  ///
  /// - Parameter body: gets the memory and whether this is the first contribution, which must overwrite; a later one
  ///   must add.
  public func accumulate(to input: Int, _ body: (UnsafeMutablePointer<Float>, Bool) -> Void) {
    guard let node = nodes[input] else { return }
    guard node.gradient != nil else {
      let fresh = Tensor(uninitialized: node.shape)
      body(fresh.floats, true)
      node.gradient = fresh
      return
    }
    node.makeGradientUnique()
    body(node.gradient!.floats, false)
  }

  /// Lends the memory of an operand's gradient to a kernel that writes several; nil when the operand needs none.
  package func lend(_ input: Int, _ body: (GradientDestination?) -> Void) {
    guard wants(input) else { return body(nil) }
    accumulate(to: input) { body(($0, !$1)) }
  }

  /// Lends the memory of an operand's gradient, set to 0 before the first contribution, so that `body` always adds.
  public func accumulateZeroed(to input: Int, _ body: (UnsafeMutablePointer<Float>) -> Void) {
    guard let node = nodes[input] else { return }
    accumulate(to: input) { destination, isFirst in
      if isFirst { destination.update(repeating: 0, count: node.shape.count) }
      body(destination)
    }
  }
}

extension Node {
  /// Copies the gradient when its memory is shared with another tensor, which must not see it change.
  fileprivate func makeGradientUnique() {
    guard isKnownUniquelyReferenced(&gradient!.memory) else {
      gradient = gradient!.copied
      return
    }
  }
}
