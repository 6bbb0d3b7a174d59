import Architectures
import Models
import Training

/// In what the warm-up of a recipe does not fit the model and the examples, which only those know who opened them.
public enum QuantizationWarmupError: Error, Equatable, CustomStringConvertible {
  case fullPrecision(path: String)
  case neverEnds(endStep: Int, steps: Int)

  public var description: String {
    switch self {
    case .fullPrecision(let path):
      "\(path): is a model in full precision and would stay one, so bitlinear.warmup and bitlinear.start_step mean nothing. "
        + "Set bitlinear.weight_quant=absmean to train a BitNet from it."
    case .neverEnds(let endStep, let steps):
      "bitlinear.warmup: the model would become quantised after step \(endStep), and the examples make \(steps) steps. Lower "
        + "bitlinear.warmup.steps (or bitlinear.start_step) by at least \(max(1, endStep - steps)), or raise max_epochs."
    }
  }

  /// - Parameter training: with epochs turned into steps.
  static func check(_ training: TrainingConfiguration, _ model: Decoder, _ recipe: Recipe) throws {
    let warmup = training.quantizationWarmup
    guard warmup.isGradual else { return }
    guard model.architecture.bitLinear.weightQuantization.isQuantizing else {
      guard case .checkpoint(let path) = recipe.model else { preconditionFailure("a rule refuses such a recipe") }
      throw fullPrecision(path: path)
    }
    if case .steps(let steps) = training.limit, !warmup.ends(within: steps) {
      throw neverEnds(endStep: warmup.endStep, steps: steps)
    }
  }
}

extension StoredModel {
  /// A line for a model that was not all that its run would have made of it.
  var startNotes: [String] { unfinishedQuantization.map { [$0.startNote(url.path)] } ?? [] }
}

extension QuantizationWarmup {
  /// A line about a run; nil where nothing is gradual.
  var summary: String? {
    guard isGradual else { return nil }
    let start = startStep > 0 ? "full precision for \(startStep) steps, then " : ""
    return switch shape {
    case .none: "quantisation: \(start)all at once"
    case .linear, .cosine, .layerwise: "quantisation: \(start)a \(shape.rawValue) warm-up of \(steps) steps"
    }
  }
}
