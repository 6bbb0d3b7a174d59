import Datasets
import FileFormats
import Recipes
import Testing
import Tokenization
import Training

/// The text a run keeps of its recipe.
@Suite struct ResolvedYAMLTests {
  @Test(arguments: [
    [], ["max_steps=null", "max_minutes=0.1"],
    ["clip_grad_norm=null", "save_every_n_steps=7", "seed=18446744073709551615"],
    ["lr_scheduler={type: wsd, num_decay_steps: 30}"], ["lr_scheduler={type: cosine, final_lr: 1e-7}"],
    ["lr_scheduler={type: constant}"], ["master_weights={dtype: float32}"],
    ["dataset.validation=", "eval_every_n_steps="],
    ["tokenizer.special_tokens=[\"a\\\"b\\\\\", \"\\u0007\\n\", \"true\", \"é\"]"], ["model={from: checkpoints/x}"],
    ["optimizer={type: lion, lr: 1.0e-4, betas: [0.9, 0.99]}", "lr_scheduler.second_lr=5.0e-5"],
    ["output_dir=yes"], ["optimizer.lr=0.1234567890123456", "dataset.order=sequential", "model.hidden_act=silu"],
    ["bitlinear={weight_quant: sign, scale_dtype: float32}", "model.max_position_embeddings=4096"],
    ["bitlinear={start_step: 7, warmup: {type: layerwise, steps: 300}}"], ["bitlinear.start_step=9"],
    ["model={from: checkpoints/x}", "bitlinear={weight_quant: absmean, warmup: {type: cosine}}"],
    ["model.tie_word_embeddings=false", "model.rope_theta=5e5"], ["tokenizer={path: models/llama/tokenizer.json}"],
    ["model.head_dim=80", "model.attention_bias=true", "model.sub_norms=projection", "model.qk_norm=true"],
    ["model.rope_scaling={type: linear, factor: 4}", "model.sub_norms=none"],
    [
      "model.rope_scaling={type: llama3, factor: 8, low_freq_factor: 1, high_freq_factor: 4, "
        + "original_max_position_embeddings: 8192}"
    ],
  ])
  func readsBackAsTheSameRecipe(overrides: [String]) throws {
    let recipe = try Recipe(yaml: RecipeFixture.yaml, file: "r.yaml", overrides: overrides)
    let text = recipe.resolvedYAML()
    let again = try Recipe(yaml: text, file: "resolved.yaml")
    #expect(again == recipe)
    #expect(again.resolvedYAML() == text)
  }

  @Test(arguments: [
    [], ["max_steps=null", "max_epochs=3"], ["lora=null"], ["chat_template=null", "dataset.max_samples=7"],
    ["lora={rank: 4, target_modules: [q, down_proj], placement: inside}", "loss.reduction=sum"],
    [
      "dataset.validation_path=null", "dataset.validation_fraction=0.25", "eval_every_n_steps=50",
      "early_stopping_patience=3",
    ],
    ["dataset.columns={prompt: \"a b\", completion: x.y}"],
    [
      "dataset.template_variables={z: [1, 2.5, 3.0, \"1\", yes, [true]], enable_thinking: false, y: null, "
        + "on: \"say \\\"é\\\"\"}"
    ],
  ])
  func fineTuningReadsBackAsTheSameRecipe(overrides: [String]) throws {
    for yaml in [FineTuningFixture.yaml, FineTuningFixture.preferencesYAML] {
      guard yaml == FineTuningFixture.yaml || !overrides.contains(where: { $0.hasPrefix("lora=") }) else { continue }
      let recipe = try Recipe(yaml: yaml, file: "r.yaml", overrides: overrides)
      let text = recipe.resolvedYAML()
      #expect(try Recipe(yaml: text, file: "resolved.yaml") == recipe)
    }
  }

  @Test(arguments: [
    "loss={type: simpo, gamma: 0.7}", "loss={type: cpo}", "loss={type: cpo, cpo_alpha: 0.25, label_smoothing: 0.1}",
    "loss={type: orpo, beta: 0.3}", "loss={type: hinge}",
  ])
  func lossesReadBackAsTheSameRecipe(_ loss: String) throws {
    let recipe = try FineTuningFixture.preferences(loss)
    #expect(try Recipe(yaml: recipe.resolvedYAML(), file: "resolved.yaml") == recipe)
    let labelled = try Recipe(yaml: FineTuningFixture.labelledYAML, file: "r.yaml")
    #expect(try Recipe(yaml: labelled.resolvedYAML(), file: "resolved.yaml") == labelled)
  }

  @Test func spellsOutEveryDefault() throws {
    #expect(
      try RecipeFixture.recipe().resolvedYAML() == """
        recipe: pretrain
        output_dir: checkpoints/fixture
        seed: 1
        model:
          hidden_size: 256
          num_hidden_layers: 6
          num_attention_heads: 4
          num_key_value_heads: 4
          intermediate_size: 768
          hidden_act: relu2
          attention_bias: false
          sub_norms: bitnet
          qk_norm: false
          tie_word_embeddings: true
          rope_theta: 10000.0
          rope_scaling: none
          rms_norm_eps: 1.0e-05
          max_position_embeddings: 256
          initializer_range: 0.02
        bitlinear:
          weight_quant: absmean
          activation_bits: 8
          scale_dtype: float16
        tokenizer:
          type: byte
          special_tokens: []
        dataset:
          path: data/enwik8
          train: "0:90000000"
          validation: "90000000:95000000"
          order: random
        max_seq_len: 256
        batch_size: 16
        gradient_accumulation_steps: 1
        max_steps: 20000
        optimizer:
          type: adamw
          lr: 0.002
          betas: [0.9, 0.95]
          eps: 1.0e-08
          weight_decay: 0.1
        lr_scheduler:
          type: two_stage
          num_warmup_steps: 100
          second_lr: 0.0013
          final_lr: 4.0e-05
        master_weights:
          dtype: bfloat16
          rounding: stochastic
        compute_dtype: bfloat16
        enable_activation_checkpointing: false
        clip_grad_norm: 1.0
        log_every_n_steps: 10
        eval_every_n_steps: 500
        eval_tokens: 200000
        tensorboard: true
        save_every_n_steps: null
        keep_last: 2
        load_best_at_end: false
        early_stopping_patience: null

        """)
  }

  /// A key without a line here would be forgotten by `recipe.yaml` of a run.
  @Test func holdsEveryKeyThatTheRecipeDoesNotExclude() throws {
    let texts = try [
      RecipeFixture.recipe(), RecipeFixture.recipe("max_steps=", "max_minutes=1"),
      RecipeFixture.recipe("lr_scheduler={type: wsd, num_decay_steps: 3}"), RecipeFixture.recipe("model={from: x}"),
      RecipeFixture.recipe("dataset.force=true"), FineTuningFixture.recipe("dataset.reasoning=drop"),
      RecipeFixture.recipe("tokenizer={path: t}", "model.head_dim=32", "samples={prompts: [\"The \"]}"),
      FineTuningFixture.recipe(), FineTuningFixture.recipe("max_steps=", "max_epochs=2"),
      FineTuningFixture.recipe("dataset.validation_path=", "dataset.validation_fraction=0.1"),
      FineTuningFixture.preferences("dataset.template_variables={enable_thinking: false}"),
      FineTuningFixture.preferences("loss={type: simpo}", "dataset.columns={prompt: question}"),
      Recipe(yaml: FineTuningFixture.labelledYAML, file: "r.yaml"),
      RecipeFixture.recipe("bitlinear={start_step: 1, warmup: {type: linear, steps: 2}}"),
    ].map { $0.resolvedYAML() }
    for path in RecipeSchema.paths {
      let keys = path.split(separator: ".")
      let line = "\n" + String(repeating: "  ", count: keys.count - 1) + "\(keys[keys.count - 1]): "
      #expect(texts.contains { ("\n" + $0).contains(line) }, "\(path)")
    }
  }
}
