import Architectures
import Kernels
import Recipes
import Testing

/// In what decoders of one family differ, and tokenizers from files.
@Suite struct ModelOptionsTests {
  @Test func valuesArrive() throws {
    let model = try #require(
      try RecipeFixture.recipe(
        "model.head_dim=80", "model.attention_bias=true", "model.sub_norms=projection", "model.qk_norm=true",
        "model.rope_scaling={type: linear, factor: 2}"
      ).newModel)
    #expect(model.headDimension == 80 && model.subNorms == .projection && model.normalizesHeads)
    #expect(model.biases == [.query, .key, .value] && model.ropeScaling == .linear(factor: 2))
    let usual = try #require(try RecipeFixture.recipe().newModel)
    #expect(usual.headDimension == usual.hiddenSize / usual.attentionHeadCount && usual.subNorms == .bitnet)
    #expect(usual.biases.isEmpty && !usual.normalizesHeads && usual.ropeScaling == .none)
    let llama = try RecipeFixture.recipe(
      "model.rope_scaling={type: llama3, factor: 8, low_freq_factor: 1, high_freq_factor: 4, "
        + "original_max_position_embeddings: 8192}")
    #expect(
      llama.newModel?.ropeScaling
        == .llama3(
          Llama3RotaryScaling(
            factor: 8, lowFrequencyFactor: 1, highFrequencyFactor: 4, originalMaximumPositionEmbeddings: 8192)))
  }

  @Test func aFreeHeadDimensionNeedsNoMultiple() throws {
    let recipe = try RecipeFixture.recipe(
      "model.hidden_size=250", "model.num_attention_heads=4", "model.num_key_value_heads=4", "model.head_dim=64")
    #expect(recipe.newModel?.headDimension == 64)
  }

  @Test(arguments: [
    (["model.head_dim=63"], "`model.head_dim` is 63; expected an even head dimension"),
    (["model.rope_scaling=yarn"], "`model.rope_scaling` is the text \"yarn\"; expected none, {type: linear, factor}"),
    (["model.rope_scaling={type: linear}"], "`model.rope_scaling` is a mapping"),
    (["model.rope_scaling={type: linear, factor: 0.5}"], "`model.rope_scaling` is a mapping"),
    (["model.rope_scaling={type: linear, factor: 2, beta: 3}"], "`model.rope_scaling` is a mapping"),
    (["model.rope_scaling={type: llama3, factor: 2}"], "`model.rope_scaling` is a mapping"),
    (["model.sub_norms=projections"], "try `model.sub_norms=projection`"),
    (["model.from=x.gguf", "model.qk_norm=true"], "`model.from` is given together with"),
    (["tokenizer={path: a, type: byte}"], "`tokenizer.path` is given together with `tokenizer.type`"),
    (["tokenizer={path: a, special_tokens: [b]}"], "is given together with `tokenizer.special_tokens`; expected only"),
    (["tokenizer.type=file"], "`tokenizer.type` is the text \"file\"; expected byte"),
  ])
  func mistakesAreNamed(overrides: [String], fragment: String) {
    let messages = RecipeFixture.messages(overrides: overrides)
    #expect(messages.contains { $0.contains(fragment) }, "\(messages)")
  }

  /// A model may be a folder or a file of any kind: what it is shows when it is opened.
  @Test(arguments: ["checkpoints/x", "model.gguf", "stories.bin"])
  func anyModelMayBeTheStart(path: String) throws {
    let yaml = RecipeFixture.yaml.replacing(/model:\n(  .*\n)+?dataset/, with: "model: {from: \(path)}\ndataset")
    #expect(try Recipe(yaml: yaml, file: "r.yaml").model == .checkpoint(path: path))
  }

  @Test func everyRuleReadsKeysThatThereAre() {
    for path in RecipeSchema.pathsOfRules {
      #expect(RecipeSchema.paths.contains(path) || RecipeSchema.groups.contains(path), "\(path)")
    }
    #expect(Set(RecipeSchema.paths).count == RecipeSchema.paths.count)
  }
}
