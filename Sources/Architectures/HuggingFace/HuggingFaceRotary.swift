import FileFormats
import Kernels

/// The rotary positions of a config.json: `rope_parameters`, which wins as in transformers, or the older `rope_theta` and
/// `rope_scaling`.
struct HuggingFaceRotary {
  private(set) var theta: Double?
  private(set) var scaling = RotaryScaling.none

  init(_ reader: inout ConfigurationReader) {
    theta = reader.double("rope_theta")
    let key = reader.value("rope_parameters") != nil ? "rope_parameters" : "rope_scaling"
    guard let members = reader.object(key) else { return }
    var nested = ConfigurationReader(members, prefix: "\(key).")
    theta = nested.double("rope_theta") ?? theta
    nested.requireDefault("partial_rotary_factor", [.number(1), .integer(1)])
    switch nested.string("rope_type") ?? nested.string("type") ?? "default" {
    case "default": break
    case "linear":
      if let factor = nested.requireDouble("factor") { scaling = .linear(factor: factor) }
    case "llama3":
      let factors = ["factor", "low_freq_factor", "high_freq_factor"].map { nested.requireDouble($0) }
      let positions = nested.require("original_max_position_embeddings")
      if let factor = factors[0], let low = factors[1], let high = factors[2], let positions {
        scaling = .llama3(
          factor: factor, lowFrequencyFactor: low, highFrequencyFactor: high, originalPositions: positions)
      }
    case let other: nested.complain("\(key).rope_type is \"\(other)\", expected default, linear or llama3")
    }
    nested.problems.forEach { reader.complain($0) }
  }
}

extension RotaryScaling {
  /// As config.json has it, without theta.
  var huggingFaceMembers: [String: JSONValue] {
    switch self {
    case .none: ["rope_type": .string("default")]
    case .linear(let factor): ["rope_type": .string("linear"), "factor": .number(factor)]
    // Only GGUF files have them.
    case .factors: ["rope_type": .string("factors")]
    case .llama3(let factor, let low, let high, let positions):
      [
        "rope_type": .string("llama3"), "factor": .number(factor), "low_freq_factor": .number(low),
        "high_freq_factor": .number(high), "original_max_position_embeddings": .integer(positions),
      ]
    }
  }

  /// What makes it impossible.
  var problems: [String] {
    func positive(_ name: String, _ value: Double) -> [String] {
      value.isFinite && value > 0 ? [] : ["rope_scaling.\(name) is \(value), expected > 0"]
    }
    switch self {
    case .none, .factors: return []
    case .linear(let factor): return positive("factor", factor)
    case .llama3(let factor, let low, let high, let positions):
      var problems = positive("factor", factor) + positive("low_freq_factor", low) + positive("high_freq_factor", high)
      if low >= high { problems.append("rope_scaling.low_freq_factor \(low) is not below high_freq_factor \(high)") }
      if positions < 1 {
        problems.append("rope_scaling.original_max_position_embeddings is \(positions), expected 1 or more")
      }
      return problems
    }
  }
}
