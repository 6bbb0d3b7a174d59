import Datasets
import Recipes
import Testing
import Training

/// `key.path=value` on the command line.
@Suite struct RecipeOverrideTests {
  @Test func changesBeforeAnythingIsChecked() throws {
    let recipe = try RecipeFixture.recipe("model.num_attention_heads=2", "model.num_key_value_heads=2", "seed=7")
    guard case .configuration(let model) = recipe.model else {
      Issue.record("no configuration")
      return
    }
    #expect(model.attentionHeadCount == 2)
    #expect(recipe.training.seed == 7)
  }

  @Test func laterWins() throws {
    #expect(try RecipeFixture.recipe("seed=2", "seed=3").training.seed == 3)
    let keyLast = try RecipeFixture.recipe("optimizer={lr: 1e-2}", "optimizer.lr=5e-3")
    #expect(keyLast.training.optimizer.learningRate == 5e-3)
    let mappingLast = try RecipeFixture.recipe("optimizer.lr=5e-3", "optimizer={lr: 1e-2}")
    #expect(mappingLast.training.optimizer.learningRate == 1e-2)
  }

  @Test func makesMappingsThatAreNotThere() throws {
    #expect(try RecipeFixture.recipe("master_weights.rounding=kahan").training.masterWeights.rounding == .kahan)
  }

  @Test func nullTakesAKeyOut() throws {
    #expect(try RecipeFixture.recipe("max_steps=null", "max_minutes=1.5").training.limit == .minutes(1.5))
    #expect(try RecipeFixture.recipe("dataset.validation=", "eval_every_n_steps=").corpus?.validation == nil)
    let recipe = try RecipeFixture.recipe("model=null", "model.from=checkpoints/a")
    #expect(recipe.model == .checkpoint(path: "checkpoints/a"))
  }

  @Test(arguments: [
    "a=b", "x: y # z", "-", "it's", "~tilde", "déjà/vu", "{", "100",
  ])
  func valueIsTakenAsItStands(text: String) throws {
    let isFlow = text == "{"
    let value = isFlow ? "\"{\"" : text
    let recipe = try RecipeFixture.recipe("output_dir=\(value)")
    #expect(recipe.outputDirectory == text)
    #expect(try Recipe(yaml: recipe.resolvedYAML(), file: "resolved.yaml") == recipe)
  }

  @Test func rangeNeedsNoQuotes() throws {
    let dataset = try RecipeFixture.recipe("dataset.train=0:300000", "dataset.validation=300000:").corpus
    #expect(dataset?.train == ByteRange(0, 300_000))
    #expect(dataset?.validation == ByteRange(300_000, nil))
  }

  @Test(arguments: [
    ("learning_rate=1", "unknown key `learning_rate`; did you mean `optimizer.lr`?"),
    ("optimizer.lrr=1", "unknown key `optimizer.lrr`; did you mean `optimizer.lr`?"),
    ("optimizer={lrr: 1}", "unknown key `optimizer.lrr`; did you mean `optimizer.lr`?"),
    (
      "seed.x=1",
      "unknown key `seed.x`; expected one of model, bitlinear, tokenizer, dataset, lora, loss, optimizer, lr_scheduler, "
        + "master_weights, samples"
    ),
    ("seed", "not an override; expected key.path=value; try `max_steps=200`"),
    ("=1", "not an override; expected key.path=value; try `max_steps=200`"),
    ("seed=x=1", "`seed` is the text \"x=1\"; expected an integer of at least 0; try `seed=1`"),
    (
      "optimizer.betas=[1",
      "not valid YAML: did not find expected ',' or ']' (while parsing a flow sequence at line 1)"
    ),
    ("output_dir=", "`output_dir` is missing; expected the folder of the run; try `output_dir: checkpoints/my-run`"),
  ])
  func mistakesNameTheOverride(override: String, message: String) {
    let expected = override == "output_dir=" ? "r.yaml:1:1: \(message)" : "command line: \(override): \(message)"
    #expect(RecipeFixture.messages(overrides: [override]) == [expected])
  }

  @Test func overridesAreReportedAfterTheFileInTheOrderGiven() {
    let yaml = RecipeFixture.replacing("max_seq_len: 256", "max_seq_len: x")
    let messages = RecipeFixture.messages(yaml, overrides: ["seed=b", "batch_size=c", "nonsense"])
    #expect(
      messages.map { $0.split(separator: " `")[0].split(separator: ": not")[0] } == [
        "r.yaml:14:14:", "command line: seed=b:", "command line: batch_size=c:", "command line: nonsense",
      ])
  }
}
