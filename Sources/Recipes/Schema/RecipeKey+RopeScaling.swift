import Kernels

extension RecipeKey<RotaryScaling> {
  /// The text `none`, or a mapping with Hugging Face's names.
  static func ropeScaling(_ path: String) -> RecipeKey {
    let linear = "{type: linear, factor}"
    let llama3 = "{type: llama3, factor, low_freq_factor, high_freq_factor, original_max_position_embeddings}"
    return RecipeKey(
      path: path,
      expected: "none, \(linear) or \(llama3), with factors of at least 1 (low_freq_factor: above 0 and "
        + "below high_freq_factor)",
      example: "{type: linear, factor: 2.0}", parse: parse, format: format)
  }

  @Sendable private static func parse(_ node: RecipeNode) -> RotaryScaling? {
    if node.text == "none" { return RotaryScaling.none }
    guard case .mapping(let entries) = node.content, Set(entries.map(\.key)).count == entries.count else { return nil }
    let keys = Set(entries.map(\.key))
    func number(_ key: String, _ isAllowed: (Double) -> Bool) -> Double? {
      node[key]?.value.number.flatMap { isAllowed($0) ? $0 : nil }
    }
    let factor = number("factor") { $0 >= 1 }
    switch node["type"]?.value.text {
    case "none" where keys == ["type"]: return RotaryScaling.none
    case "linear" where keys == ["type", "factor"]: return factor.map { .linear(factor: $0) }
    case "llama3":
      guard keys.count == 5, let factor, let low = number("low_freq_factor", { $0 > 0 }),
        let high = number("high_freq_factor", { $0 >= 1 && $0 > low }),
        let positions = node["original_max_position_embeddings"]?.value.integer(as: Int.self), positions > 0
      else { return nil }
      return .llama3(
        Llama3RotaryScaling(
          factor: factor, lowFrequencyFactor: low, highFrequencyFactor: high,
          originalMaximumPositionEmbeddings: positions))
    default: return nil
    }
  }

  @Sendable private static func format(_ scaling: RotaryScaling) -> String {
    switch scaling {
    case .none: "none"
    // Only GGUF files have them.
    case .divisors: "none"
    case .linear(let factor): "{type: linear, factor: \(YAMLText.number(factor))}"
    case .llama3(let llama3):
      "{type: llama3, factor: \(YAMLText.number(llama3.factor)), low_freq_factor: "
        + "\(YAMLText.number(llama3.lowFrequencyFactor)), high_freq_factor: "
        + "\(YAMLText.number(llama3.highFrequencyFactor)), original_max_position_embeddings: "
        + "\(llama3.originalMaximumPositionEmbeddings)}"
    }
  }
}
