import Architectures
import Training

extension RecipeRules {
  static let model: [RecipeRule] = [
    RecipeRule(
      reads: ["model.from", "bitlinear.weight_quant", "bitlinear.activation_bits", "bitlinear.scale_dtype"],
      violation: checkpointBringsItsShape),
    RecipeRule(
      reads: ["model.hidden_size", "model.num_attention_heads", "model.head_dim"], violation: headsDivideHiddenSize),
    RecipeRule(
      reads: ["model.hidden_size", "model.num_attention_heads", "model.head_dim"], violation: headDimensionIsEven),
    RecipeRule(
      reads: ["model.num_key_value_heads", "model.num_attention_heads"], violation: keyValueHeadsDivideHeads),
    RecipeRule(
      reads: ["model.max_position_embeddings", "max_seq_len"],
      violation: positionsCoverTheSequence),
  ]

  /// A checkpoint holds its own shape and numerics.
  private static func checkpointBringsItsShape(_ recipe: Recipe, _ reader: RecipeReader) -> RecipeViolation? {
    guard case .checkpoint = recipe.model else { return nil }
    let shapePaths = RecipeSchema.paths.filter {
      ($0.hasPrefix("model.") && $0 != "model.from")
        || (recipe.conversion == nil && ["bitlinear.activation_bits", "bitlinear.scale_dtype"].contains($0))
    }
    let given = shapePaths.filter(reader.isGiven)
    guard !given.isEmpty else { return nil }
    let names = given.map { "`\($0)`" }.joined(separator: ", ")
    return RecipeViolation(
      message: "`model.from` is given together with \(names)",
      expected: "only `model.from`: a checkpoint brings its own shape",
      mend: .remove(given.count == 1 ? given[0] : String(given[0].prefix { $0 != "." }) + ".…"))
  }

  private static func headsDivideHiddenSize(_ recipe: Recipe, _ reader: RecipeReader) -> RecipeViolation? {
    guard let model = recipe.newModel, !reader.isGiven("model.head_dim"),
      model.hiddenSize % model.attentionHeadCount != 0
    else { return nil }
    return RecipeViolation(
      message: "`model.hidden_size` is \(model.hiddenSize)",
      expected: "a multiple of `model.num_attention_heads` (\(model.attentionHeadCount))",
      mend: .set("model.hidden_size", "\(hiddenSizeWithEvenHeads(model))"))
  }

  /// Rotary embeddings turn pairs of channels.
  private static func headDimensionIsEven(_ recipe: Recipe, _ reader: RecipeReader) -> RecipeViolation? {
    guard let model = recipe.newModel else { return nil }
    if reader.isGiven("model.head_dim") {
      let dimension = model.headDimension
      return dimension % 2 == 0
        ? nil
        : RecipeViolation(
          message: "`model.head_dim` is \(dimension)",
          expected: "an even head dimension, which rotary embeddings need",
          mend: .set("model.head_dim", "\(dimension + 1)"))
    }
    guard model.hiddenSize % model.attentionHeadCount == 0,
      model.headDimension % 2 != 0
    else { return nil }
    return RecipeViolation(
      message: "`model.hidden_size` / `model.num_attention_heads` is \(model.headDimension)",
      expected: "an even head dimension, which rotary embeddings need",
      mend: .set("model.hidden_size", "\(hiddenSizeWithEvenHeads(model))"))
  }

  private static func hiddenSizeWithEvenHeads(_ model: Architecture) -> Int {
    let unit = 2 * model.attentionHeadCount
    return max(1, (model.hiddenSize + unit / 2) / unit) * unit
  }

  private static func keyValueHeadsDivideHeads(_ recipe: Recipe, _ reader: RecipeReader) -> RecipeViolation? {
    guard let model = recipe.newModel, model.attentionHeadCount % model.keyValueHeadCount != 0 else { return nil }
    let limit = min(model.keyValueHeadCount, model.attentionHeadCount)
    let divisor = stride(from: limit, through: 1, by: -1).first { model.attentionHeadCount % $0 == 0 } ?? 1
    return RecipeViolation(
      message: "`model.num_key_value_heads` is \(model.keyValueHeadCount)",
      expected: "a divisor of `model.num_attention_heads` (\(model.attentionHeadCount))",
      mend: .set("model.num_key_value_heads", "\(divisor)"))
  }

  private static func positionsCoverTheSequence(_ recipe: Recipe, _ reader: RecipeReader) -> RecipeViolation? {
    let length = recipe.training.maximumSequenceLength
    guard let model = recipe.newModel, model.maximumPositionEmbeddings < length else { return nil }
    return RecipeViolation(
      message: "`model.max_position_embeddings` is \(model.maximumPositionEmbeddings)",
      expected: "at least `max_seq_len` (\(length))",
      mend: .set("model.max_position_embeddings", "\(length)"))
  }
}
