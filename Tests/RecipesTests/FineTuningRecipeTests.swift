import FileFormats
import Recipes
import Testing
import Training

/// What only fine-tuning recipes hold.
@Suite struct FineTuningRecipeTests {
  private func messages(_ yaml: String, _ overrides: [String]) -> [String] {
    RecipeFixture.messages(yaml, overrides: overrides)
  }

  @Test func valuesArrive() throws {
    let recipe = try FineTuningFixture.recipe("lora.target_modules=[v, q_proj]", "lora.use_rslora=true")
    let lora = try #require(recipe.lora)
    #expect(lora.rank == 8 && lora.alpha == 16 && lora.targets == [.query, .value])
    #expect(abs(lora.scale - 16 / 8.0.squareRoot()) < 1e-12)
    #expect(recipe.instructions?.isPacked == true && recipe.chatTemplate == .plain)
    #expect(recipe.preference == nil && recipe.corpus == nil)
    #expect(recipe.training.masterWeights.dataType == .float32, "adapters")
    #expect(try FineTuningFixture.recipe("lora=").training.masterWeights.dataType == .bfloat16, "all weights")
    let preference = PreferenceLossConfiguration(kind: .robust, beta: 0.2, labelSmoothing: 0.1, supervisedWeight: 0.5)
    #expect(try FineTuningFixture.preferences().preference == preference)
  }

  @Test func epochsTakeThePlaceOfSteps() throws {
    let recipe = try FineTuningFixture.recipe("max_steps=", "max_epochs=3")
    #expect(recipe.epochs == 3)
    #expect(
      messages(FineTuningFixture.yaml, ["max_epochs=3"]) == [
        "command line: max_epochs=3: `max_steps` and `max_epochs` are both given; expected one of the two; "
          + "try `max_steps=null` as well"
      ])
  }

  @Test(arguments: [
    (["dataset.train=0:5"], "`dataset.train` is given with `recipe: sft`; expected it with pretrain only"),
    (["loss.beta=0.1"], "`loss.beta` is given with `recipe: sft`; expected it with dpo or kto only"),
    (["loss.type=ipo"], "`loss.type: ipo` is given with `recipe: sft`; expected nll"),
    (["model.from="], "`model.from` is missing; expected a model folder"),
    (["optimizer.lr="], "`optimizer.lr` is missing; expected a number above 0"),
    (["lora.dropout=0.1", "lora.placement=inside"], "`lora.dropout` is 0.1 with `lora.placement: inside`"),
    (["lora.target_modules=[q, x]"], "`lora.target_modules` is a list; expected all-linear, or a list of some of q, k"),
    (["dataset.validation_fraction=0.1"], "are both given; expected one of the two"),
    (["dataset.validation_path="], "`eval_every_n_steps` is given without `dataset.validation_fraction` or"),
    (["eval_every_n_steps="], "`load_best_at_end` is given without `eval_every_n_steps`"),
    (["save_every_n_steps=75"], "`save_every_n_steps` is 75 with `load_best_at_end`; expected a multiple of"),
    (
      ["eval_every_n_steps=", "load_best_at_end=", "early_stopping_patience=2"],
      "`early_stopping_patience` is given without"
    ),
    (["chat_template=chatlm"], "try `chat_template=chatml`"),
    (
      ["dataset.template_variables={tools: []}"],
      "`dataset.template_variables` is a mapping; expected a mapping of names"
    ),
    (["dataset.template_variables={a: {b: 1}}"], "try `dataset.template_variables={enable_thinking: false}`"),
    (["dataset.chat_template_kwargs={a: 1}"], "did you mean `dataset.template_variables`?"),
    (
      ["dataset.columns={question: prompt}"], "`dataset.columns` is a mapping; expected a mapping of keys that are read"
    ),
    (["dataset.columns={prompt: a, completion: a}"], "try `dataset.columns={prompt: question, completion: answer}`"),
    (["dataset.train_on=first"], "`dataset.train_on` is the text \"first\"; expected one of all, last"),
    (["lora.r=3"], "did you mean `lora.rank`?"),
    (["tokenizer.type=byte"], "`tokenizer.type` is given with `recipe: sft`; expected it with pretrain only"),
  ])
  func mistakesAreNamed(overrides: [String], fragment: String) {
    let messages = messages(FineTuningFixture.yaml, overrides)
    #expect(messages.contains { $0.contains(fragment) }, "\(messages)")
  }

  @Test(arguments: [
    (["loss.type=hinge"], "`loss.label_smoothing` is given with `loss.type: hinge`"),
    (
      ["loss.type=orpo"],
      "`loss.sft_weight` is given with `loss.type: orpo`; expected it with sigmoid, ipo, hinge, robust"
    ),
    (["loss.gamma=0.5"], "`loss.gamma` is given with `loss.type: robust`; expected it with simpo only"),
    (["loss.cpo_alpha=0"], "`loss.cpo_alpha` is given with `loss.type: robust`; expected it with simpo or cpo only"),
    (
      ["loss.type=kto"],
      "`loss.type: kto` is given with `recipe: dpo`; expected sigmoid, ipo, hinge, robust, sigmoid_norm"
    ),
    (["loss.desirable_weight=2"], "`loss.desirable_weight` is given with `recipe: dpo`; expected it with kto only"),
    (["loss.simpo_gamma=1"], "did you mean `loss.gamma`?"),
    (["loss.type=nll"], "`loss.type: nll` is given with `recipe: dpo`"),
    (["dataset.packed=true"], "`dataset.packed` is given with `recipe: dpo`; expected it with sft only"),
    (["loss.label_smoothing=0.5"], "expected a number from 0 to below 0.5"),
  ])
  func mistakesInPreferencesAreNamed(overrides: [String], fragment: String) {
    let messages = messages(FineTuningFixture.preferencesYAML, overrides)
    #expect(messages.contains { $0.contains(fragment) }, "\(messages)")
  }

  @Test func lossesHaveDefaultsOfTheirOwn() throws {
    func loss(_ kind: String) throws -> PreferenceLossConfiguration? {
      try FineTuningFixture.preferences(
        "loss={type: \(kind)}"
      ).preference
    }
    #expect(try loss("simpo") == .init(kind: .simpo, beta: 2, gamma: 0.5, likelihoodWeight: 0))
    #expect(try loss("cpo") == .init(kind: .cpo, beta: 0.1, likelihoodWeight: 1))
    #expect(try loss("orpo") == .init(kind: .orpo, beta: 0.1))
    #expect(try loss("ipo") == .init(kind: .ipo, beta: 0.1))
    let given = try FineTuningFixture.preferences(
      "loss={type: simpo, beta: 1.5, gamma: 0.3, cpo_alpha: 0.2}"
    ).preference
    #expect(given == .init(kind: .simpo, beta: 1.5, gamma: 0.3, likelihoodWeight: 0.2))
  }

  @Test func labelledAnswersHaveWeights() throws {
    let recipe = try Recipe(yaml: FineTuningFixture.labelledYAML, file: "r.yaml")
    guard case .kto(let data, let loss) = recipe.task else {
      Issue.record("\(recipe.task)")
      return
    }
    #expect(data.path == "data/labelled.jsonl" && data.validationFraction == 0.1)
    #expect(loss == .init(beta: 0.2, desirableWeight: 1.5, undesirableWeight: 1))
  }

  @Test(arguments: [
    (["batch_size=1"], "`batch_size` is 1 with `recipe: kto`; expected at least 2: the KL term is estimated"),
    (["loss.type=ipo"], "`loss.type: ipo` is given with `recipe: kto`; expected kto; try `recipe=dpo`"),
    (["loss.sft_weight=1"], "`loss.sft_weight` is given with `recipe: kto`; expected it with dpo only"),
  ])
  func mistakesWithLabelledAnswersAreNamed(overrides: [String], fragment: String) {
    let messages = messages(FineTuningFixture.labelledYAML, overrides)
    #expect(messages.contains { $0.contains(fragment) }, "\(messages)")
  }
}
