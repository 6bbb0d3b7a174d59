import Kernels

extension RotaryRowPermutation {
  /// From the order of a file to that of Hugging Face, which everything computes in.
  /// - Returns: nil for tensors whose rows are no queries or keys.
  package init?(reading order: RotaryRowOrder, _ parameter: ModelParameter, _ architecture: Architecture) {
    guard let heads = architecture.heads(of: parameter.role), order != .halves else { return nil }
    self.init(from: order, to: .halves, heads: heads, headDimension: architecture.headDimension)
  }

  /// From the order of Hugging Face to that of a file.
  package init?(writing order: RotaryRowOrder, _ parameter: ModelParameter, _ architecture: Architecture) {
    guard let heads = architecture.heads(of: parameter.role), order != .halves else { return nil }
    self.init(from: .halves, to: order, heads: heads, headDimension: architecture.headDimension)
  }
}

extension Architecture {
  /// The heads that the rows of a tensor belong to, where they are rotated.
  fileprivate func heads(of role: ModelParameter.Role) -> Int? {
    switch role {
    case .matrix(.query), .bias(.query): attentionHeadCount
    case .matrix(.key), .bias(.key): keyValueHeadCount
    default: nil
    }
  }

  /// The parameter of this name.
  package func parameter(named name: String) -> ModelParameter? { parameters.first { $0.name == name } }
}
