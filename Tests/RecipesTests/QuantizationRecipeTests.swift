import Kernels
import Recipes
import Testing
import Training

/// Recipes for models that become BitNets gradually, or out of others.
@Suite struct QuantizationRecipeTests {
  @Test func valuesArrive() throws {
    #expect(try RecipeFixture.recipe().training.quantizationWarmup == QuantizationWarmup())
    #expect(
      try RecipeFixture.recipe("bitlinear.warmup.type=cosine", "bitlinear.warmup.steps=30", "bitlinear.start_step=5")
        .training.quantizationWarmup == QuantizationWarmup(shape: .cosine, steps: 30, startStep: 5))
    #expect(
      try RecipeFixture.recipe("bitlinear={warmup: {type: layerwise}}").training.quantizationWarmup
        == QuantizationWarmup(shape: .layerwise, steps: 1000))
  }

  /// Recipes from before there was a warm-up have the text that they had.
  @Test func theResolvedTextIsNested() throws {
    #expect(try !RecipeFixture.recipe().resolvedYAML().contains("warmup:"))
    let text = try RecipeFixture.recipe("bitlinear={start_step: 4, warmup: {type: linear, steps: 8}}").resolvedYAML()
    #expect(
      text.contains(
        """
        bitlinear:
          weight_quant: absmean
          activation_bits: 8
          scale_dtype: float16
          start_step: 4
          warmup:
            type: linear
            steps: 8
        tokenizer:

        """), "\(text)")
  }

  @Test func aCheckpointGetsNewNumerics() throws {
    let recipe = try RecipeFixture.recipe("model={from: checkpoints/x}", "bitlinear={weight_quant: absmean}")
    #expect(recipe.conversion == BitLinearConfiguration() && recipe.newModel == nil)
    #expect(try RecipeFixture.recipe("model={from: checkpoints/x}").conversion == nil)
    #expect(
      try FineTuningFixture.recipe("lora=null", "bitlinear={weight_quant: sign, warmup: {type: linear, steps: 9}}")
        .conversion?.weightQuantization == .sign)
  }

  @Test(arguments: [
    (
      ["bitlinear={warmup: {type: linear, steps: 9}}"],
      "`bitlinear.warmup` is given with `lora`; expected it where all weights are trained"
    ),
    (["bitlinear.start_step=9"], "`bitlinear.start_step` is given with `lora`"),
    (
      ["bitlinear.weight_quant=absmean"],
      "`bitlinear.weight_quant` is given with `lora`; expected it with pretrain or sft"
    ),
    (["lora=null", "bitlinear.scale_dtype=float16"], "`model.from` is given together with `bitlinear.scale_dtype`"),
    (["lora=null", "bitlinear={warmup: {type: linear, steps: 999}}"], "expected at most `max_steps` (200)"),
    (
      ["lora=null", "bitlinear.start_step=200"],
      "`bitlinear.start_step` is 200; expected a step within `max_steps` (200)"
    ),
    (
      ["lora=null", "bitlinear={weight_quant: absmean, activation_bits: 4}"],
      "`bitlinear.activation_bits` is 4; expected 8"
    ),
    (["lora=null", "bitlinear={warmup.type: linear}"], "did you mean `warmup: {type: …}`?"),
  ])
  func fineTuningMistakesAreNamed(overrides: [String], fragment: String) {
    let messages: [String]
    do {
      _ = try Recipe(yaml: FineTuningFixture.yaml, file: "r.yaml", overrides: overrides)
      messages = []
    } catch {
      messages = ((error as? RecipeError)?.problems ?? []).map(\.description)
    }
    #expect(messages.count == 1 && messages[0].contains(fragment), "\(messages)")
  }

  /// A reference of pairs would be quantised at once.
  @Test func pairsHaveNoWarmup() {
    let error = #expect(throws: RecipeError.self) {
      try FineTuningFixture.preferences("bitlinear={weight_quant: absmean, warmup: {type: linear, steps: 9}}")
    }
    let text = "\(error.map { "\($0)" } ?? "")"
    #expect(text.contains("`bitlinear.weight_quant` is given with `recipe: dpo`"))
    #expect(text.contains("`bitlinear.warmup.type` is given with `recipe: dpo`"))
  }

  /// The last override decides where a mistake is told.
  @Test func theCommandLineIsBlamedFirst() {
    #expect(
      RecipeFixture.messages(overrides: ["bitlinear.warmup.type=linear", "max_steps=200"]) == [
        "command line: max_steps=200: `bitlinear.warmup.steps` is 1000; expected at most `max_steps` (200), so that the "
          + "model becomes quantised; try `bitlinear.warmup.steps=200`"
      ])
  }
}
