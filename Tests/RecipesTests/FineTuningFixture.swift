import Recipes

/// Complete fine-tuning recipes to spoil in one place.
enum FineTuningFixture {
  static let yaml = """
    # A fixture.
    recipe: sft
    output_dir: checkpoints/fixture
    model: {from: checkpoints/base}
    dataset:
      path: data/tasks.jsonl
      validation_path: data/heldout.jsonl
      packed: true
    chat_template: plain
    lora: {rank: 8, alpha: 16}
    max_steps: 200
    optimizer: {lr: 1.0e-3}
    eval_every_n_steps: 50
    save_every_n_steps: 50
    load_best_at_end: true

    """

  static let preferencesYAML = """
    recipe: dpo
    output_dir: checkpoints/fixture
    model: {from: checkpoints/base}
    dataset: {path: data/preferences.jsonl, validation_fraction: 0.1}
    loss: {type: robust, beta: 0.2, label_smoothing: 0.1, sft_weight: 0.5}
    max_steps: 200
    optimizer: {lr: 1.0e-5}
    """

  static let labelledYAML = """
    recipe: kto
    output_dir: checkpoints/fixture
    model: {from: checkpoints/base}
    dataset: {path: data/labelled.jsonl, validation_fraction: 0.1}
    loss: {beta: 0.2, desirable_weight: 1.5}
    max_steps: 200
    optimizer: {lr: 1.0e-5}
    """

  static func recipe(_ overrides: String...) throws -> Recipe {
    try Recipe(yaml: yaml, file: "r.yaml", overrides: overrides)
  }

  static func preferences(_ overrides: String...) throws -> Recipe {
    try Recipe(yaml: preferencesYAML, file: "r.yaml", overrides: overrides)
  }
}
