import Kernels

/// Tensors with numbers that nothing can be computed with.
public struct NonFiniteWeights: Error, Equatable, Sendable, CustomStringConvertible {
  public struct Tensor: Equatable, Sendable {
    public let name: String
    /// How many of its values are NaN or infinite.
    public let count: Int
  }

  /// The file or folder of the model.
  public let path: String
  /// In the order of the model; at least one.
  public let tensors: [Tensor]

  public var description: String {
    let shown = tensors.prefix(3).map { "\($0.name) has \($0.count) values that are NaN or infinite" }
    let rest = tensors.count > 3 ? ["\(tensors.count - 3) tensors more have such values"] : []
    return "\(path): \((shown + rest).joined(separator: ", ")). The file is damaged, or training has diverged: use an "
      + "earlier checkpoint."
  }
}

extension ModelWeights {
  /// The tensors that hold NaN or infinite values, in the order of the model. Reads every number.
  /// - Throws: `StoredTensorError`; what `withStored` throws.
  package func nonFiniteTensors() throws -> [NonFiniteWeights.Tensor] {
    try architecture.parameters.compactMap { parameter in
      let count = try withStored(parameter) { stored in try stored.nonFiniteCount() }
      return count > 0 ? .init(name: parameter.name, count: count) : nil
    }
  }

  /// - Throws: `NonFiniteWeights`; as `nonFiniteTensors`.
  package func requireFinite() throws {
    let tensors = try nonFiniteTensors()
    guard tensors.isEmpty else { throw NonFiniteWeights(path: url.path, tensors: tensors) }
  }

  /// Quantises every ternary matrix too: finite masters can be too large for the scale of their codes.
  /// - Throws: as `requireFinite`.
  package func requireUsableNumbers() throws {
    try requireFinite()
    for parameter in architecture.quantizedParameters { _ = try codes(of: parameter) }
  }
}

extension StoredTensor {
  /// In pieces, for an embedding can be larger than all layers together.
  fileprivate func nonFiniteCount() throws -> Int {
    guard !isTernary else { return 0 }
    let together = max(1, (1 << 20) / max(1, columns))
    return try stride(from: 0, to: rows, by: together).reduce(0) { count, first in
      try count + floats(first..<min(first + together, rows)).count { !$0.isFinite }
    }
  }
}
