import Recipes
import Testing
import Training

/// Values: how they are read, and what is said of those that cannot be.
@Suite struct RecipeValueTests {
  @Test(arguments: [
    ("2e-3", 0.002), ("2.0E-3", 0.002), ("1.0e-5", 1e-5), (".5", 0.5), ("1_000.5", 1000.5), ("+3", 3), ("010", 10),
    ("1.", 1),
  ])
  func numbersReadAsPeopleMeanThem(text: String, value: Double) throws {
    let yaml = RecipeFixture.replacing("lr: 2.0e-3}", "lr: 1, weight_decay: \(text)}")
    #expect(try Recipe(yaml: yaml, file: "r.yaml").training.optimizer.weightDecay == value)
  }

  @Test(arguments: [("1_000", 1000), ("2e4", 20000), ("500.0", 500), ("0300", 300)])
  func integersReadAsPeopleMeanThem(text: String, value: Int) throws {
    let yaml = RecipeFixture.replacing("max_steps: 20000", "max_steps: \(text)")
    #expect(try Recipe(yaml: yaml, file: "r.yaml").training.limit == .steps(value))
  }

  @Test(arguments: [
    ("1.5", "1.5"), ("0", "0"), ("-1", "-1"), ("1e30", "1e30"), ("0x10", "the text \"0x10\""),
    (".inf", "the text \".inf\""),
    ("\"200\"", "the text \"200\""), ("true", "true"), ("[1]", "a list"), ("{a: 1}", "a mapping"),
    ("1__0", "the text \"1__0\""),
    ("٣", "the text \"٣\""), ("99999999999999999999", "99999999999999999999"),
  ])
  func wrongIntegersAreCalledWhatTheyAre(text: String, spoken: String) {
    #expect(
      RecipeFixture.messages(RecipeFixture.replacing("max_steps: 20000", "max_steps: \(text)")) == [
        "r.yaml:15:12: `max_steps` is \(spoken); expected an integer of at least 1; try `max_steps: 1000`"
      ])
  }

  @Test(arguments: [
    ("nan", "the text \"nan\""), ("1e400", "the text \"1e400\""), ("0", "0"), ("fast", "the text \"fast\""),
  ])
  func wrongNumbersAreCalledWhatTheyAre(text: String, spoken: String) {
    #expect(
      RecipeFixture.messages(RecipeFixture.replacing("lr: 2.0e-3", "lr: \(text)")) == [
        "r.yaml:16:30: `optimizer.lr` is \(spoken); expected a number above 0; try `lr: 2.0e-3`"
      ])
  }

  @Test func nearestChoiceIsTried() {
    #expect(
      RecipeFixture.messages(RecipeFixture.replacing("type: two_stage", "type: two-stage")) == [
        "r.yaml:17:22: `lr_scheduler.type` is the text \"two-stage\"; "
          + "expected one of two_stage, cosine, linear, constant, wsd; try `type: two_stage`"
      ])
  }

  @Test func emptyOutputDirectoryIsRefused() {
    #expect(
      RecipeFixture.messages(RecipeFixture.replacing("checkpoints/fixture", "\" \"")) == [
        "r.yaml:3:13: `output_dir` is the text \" \"; expected the folder of the run; "
          + "try `output_dir: checkpoints/my-run`"
      ])
  }

  @Test(arguments: ["0:90000000", "\":90000000\""])
  func rangesNeedNoQuotesWhereYAMLNeedsNone(text: String) throws {
    let yaml = RecipeFixture.replacing("\"0:90000000\"", text)
    #expect(try Recipe(yaml: yaml, file: "r.yaml").corpus?.train == RecipeFixture.recipe().corpus?.train)
  }

  @Test(arguments: [
    ("\"5:5\"", "the text \"5:5\""), ("\"9:3\"", "the text \"9:3\""), ("\"-1:3\"", "the text \"-1:3\""),
    ("all", "the text \"all\""), ("5", "5"),
  ])
  func wrongRangesAreCalledWhatTheyAre(text: String, spoken: String) {
    #expect(
      RecipeFixture.messages(RecipeFixture.replacing("\"0:90000000\"", text)) == [
        "r.yaml:12:10: `dataset.train` is \(spoken); expected a quoted range of bytes \"from:to\" with from < to, "
          + "or \"from:\" to the end; try `train: \"0:90000000\"`"
      ])
  }

  @Test func listsAreReadAndChecked() throws {
    let betas = try RecipeFixture.recipe("optimizer.betas=[0.8, 9e-1]").training.optimizer
    #expect(betas.beta1 == 0.8 && betas.beta2 == 0.9)
    for wrong in ["[0.9]", "[0.9, 1]", "[0.9, x]", "[a, 0.9, 0.95]", "0.9"] {
      #expect(RecipeFixture.messages(overrides: ["optimizer.betas=\(wrong)"]).count == 1, "\(wrong)")
    }
    #expect(RecipeFixture.messages(overrides: ["tokenizer.special_tokens=[a, a]"]).count == 1)
  }

  @Test func specialTokensEnlargeTheVocabulary() throws {
    let recipe = try RecipeFixture.recipe("tokenizer.special_tokens=[\"<|end|>\", \"<|user|>\"]")
    guard case .configuration(let model) = recipe.model else {
      Issue.record("no configuration")
      return
    }
    #expect(model.vocabularySize == 258)
    #expect(recipe.tokenizer.specialTokens == ["<|end|>", "<|user|>"])
  }

  @Test func defaultsFollowOtherKeys() throws {
    let recipe = try RecipeFixture.recipe(
      "max_seq_len=512", "model.num_key_value_heads=null", "model.num_attention_heads=8"
    )
    guard case .configuration(let model) = recipe.model else {
      Issue.record("no configuration")
      return
    }
    #expect(model.maximumPositionEmbeddings == 512)
    #expect(model.keyValueHeadCount == 8)
    #expect(model.vocabularySize == 256)
    #expect(recipe.training.computeDataType == .bfloat16)
  }

  @Test func nullTurnsClippingOff() throws {
    #expect(try RecipeFixture.recipe().training.clipGradientNorm == 1)
    #expect(try RecipeFixture.recipe("clip_grad_norm=null").training.clipGradientNorm == nil)
  }

  @Test func mappingIsExpected() {
    let yaml = RecipeFixture.replacing("{type: adamw, lr: 2.0e-3}", "adamw")
    #expect(
      RecipeFixture.messages(yaml) == [
        "r.yaml:16:12: `optimizer` is the text \"adamw\"; expected a mapping of keys; "
          + "try `optimizer: {lr: 2.0e-3}`"
      ])
    #expect(
      RecipeFixture.messages("- a\n") == [
        "r.yaml:1:1: a recipe is a list; expected a mapping of keys; try `recipe: pretrain`"
      ])
  }
}
