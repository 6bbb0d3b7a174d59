import Recipes
import Testing

/// A complete recipe to spoil in one place.
enum RecipeFixture {
  static let yaml = """
    # A fixture.
    recipe: pretrain
    output_dir: checkpoints/fixture
    model:
      hidden_size: 256
      num_hidden_layers: 6
      num_attention_heads: 4
      num_key_value_heads: 4
      intermediate_size: 768
    dataset:
      path: data/enwik8
      train: "0:90000000"
      validation: "90000000:95000000"
    max_seq_len: 256
    max_steps: 20000
    optimizer: {type: adamw, lr: 2.0e-3}
    lr_scheduler: {type: two_stage, num_warmup_steps: 100, second_lr: 1.3e-3, final_lr: 4.0e-5}
    eval_every_n_steps: 500

    """

  static func recipe(_ overrides: String...) throws -> Recipe {
    try Recipe(yaml: yaml, file: "r.yaml", overrides: overrides)
  }

  /// The messages that a spoilt recipe gives, in order; none when it is right.
  static func messages(_ yaml: String = yaml, overrides: [String] = []) -> [String] {
    do {
      _ = try Recipe(yaml: yaml, file: "r.yaml", overrides: overrides)
      return []
    } catch let error as RecipeError {
      return error.problems.map(\.description)
    } catch {
      Issue.record("not a RecipeError: \(error)")
      return []
    }
  }

  /// The fixture with `old` replaced, which must be there.
  static func replacing(_ old: String, _ new: String) -> String {
    precondition(yaml.contains(old), "the fixture does not hold \(old)")
    return yaml.replacing(old, with: new)
  }
}
