import Architectures
import Training

/// The names of the losses in a recipe.
enum RecipeLossType: String, CaseIterable, Sendable {
  /// Negative log-likelihood, for `sft`.
  case likelihood = "nll"
  // For `dpo`, the names of TRL.
  case sigmoid, ipo, hinge, robust
  case sigmoidNormalized = "sigmoid_norm"
  case simpo, cpo, orpo
  /// For `kto`.
  case kto

  /// The kind of recipes that it belongs to.
  var recipeKind: Recipe.Kind {
    switch self {
    case .likelihood: .sft
    case .kto: .kto
    default: .dpo
    }
  }

  /// nil for a loss that is not one of pairs.
  var preferenceKind: PreferenceLossConfiguration.Kind? { .init(rawValue: rawValue) }

  init(_ kind: PreferenceLossConfiguration.Kind) {
    switch kind {
    case .sigmoid: self = .sigmoid
    case .ipo: self = .ipo
    case .hinge: self = .hinge
    case .robust: self = .robust
    case .sigmoidNormalized: self = .sigmoidNormalized
    case .simpo: self = .simpo
    case .cpo: self = .cpo
    case .orpo: self = .orpo
    }
  }
}

extension PreferenceLossSetting {
  /// Its key.
  var path: String {
    switch self {
    case .labelSmoothing: "loss.label_smoothing"
    case .supervisedWeight: "loss.sft_weight"
    case .gamma: "loss.gamma"
    case .likelihoodWeight: "loss.cpo_alpha"
    }
  }
}

extension RecipeKey<[LoRAConfiguration.Target]> {
  /// A list of layers, `q` or `q_proj`, or the text `all-linear`.
  static func loraTargets(_ path: String) -> RecipeKey {
    let all = "all-linear"
    @Sendable func target(_ node: RecipeNode) -> LoRAConfiguration.Target? {
      node.text.flatMap { .init(rawValue: $0) ?? .init(rawValue: $0 + "_proj") }
    }
    return RecipeKey(
      path: path, expected: "\(all), or a list of some of q, k, v, o, gate, up, down", example: all,
      parse: { node in
        if node.text == all { return LoRAConfiguration.Target.allCases }
        guard case .sequence(let nodes) = node.content else { return nil }
        let targets = nodes.compactMap(target)
        guard !targets.isEmpty, targets.count == nodes.count, Set(targets).count == targets.count else { return nil }
        return LoRAConfiguration.Target.allCases.filter(targets.contains)
      },
      format: { $0 == LoRAConfiguration.Target.allCases ? all : "[\($0.map(\.rawValue).joined(separator: ", "))]" })
  }
}
