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
          Llama3RotaryScaling(
            factor: factor, lowFrequencyFactor: low, highFrequencyFactor: high,
            originalMaximumPositionEmbeddings: positions))
      }
    case let other: nested.complain("\(key).rope_type is \"\(other.printable())\", expected default, linear or llama3")
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
    // Only GGUF files have them: Llama 3's, whose formula is recognised when they are read, or another's.
    case .divisors: ["rope_type": .string("divisors")]
    case .llama3(let scaling):
      [
        "rope_type": .string("llama3"), "factor": .number(scaling.factor),
        "low_freq_factor": .number(scaling.lowFrequencyFactor),
        "high_freq_factor": .number(scaling.highFrequencyFactor),
        "original_max_position_embeddings": .integer(scaling.originalMaximumPositionEmbeddings),
      ]
    }
  }
}
