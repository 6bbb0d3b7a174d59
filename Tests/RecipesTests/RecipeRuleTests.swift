import Recipes
import Testing

/// Each rule between keys: a recipe that breaks it and the exact message.
@Suite struct RecipeRuleTests {
  struct Case: Sendable, CustomTestStringConvertible {
    let old: String
    let new: String
    let message: String
    var testDescription: String { new }
  }

  @Test func fixtureIsRight() {
    #expect(RecipeFixture.messages().isEmpty)
  }

  @Test(arguments: model + numerics + quantization + data + schedule)
  func ruleSpeaks(_ broken: Case) {
    #expect(RecipeFixture.messages(RecipeFixture.replacing(broken.old, broken.new)) == [broken.message])
  }

  static let model = [
    Case(
      old: "  hidden_size: 256", new: "  hidden_size: 254",
      message: "r.yaml:5:16: `model.hidden_size` is 254; expected a multiple of `model.num_attention_heads` (4); "
        + "try `hidden_size: 256`"),
    Case(
      old: "  hidden_size: 256", new: "  hidden_size: 12",
      message: "r.yaml:5:16: `model.hidden_size` / `model.num_attention_heads` is 3; "
        + "expected an even head dimension, which rotary embeddings need; try `hidden_size: 16`"),
    Case(
      old: "num_key_value_heads: 4", new: "num_key_value_heads: 3",
      message: "r.yaml:8:24: `model.num_key_value_heads` is 3; "
        + "expected a divisor of `model.num_attention_heads` (4); try `num_key_value_heads: 2`"),
    Case(
      old: "intermediate_size: 768", new: "intermediate_size: 768\n  max_position_embeddings: 255",
      message: "r.yaml:10:28: `model.max_position_embeddings` is 255; expected at least `max_seq_len` (256); "
        + "try `max_position_embeddings: 256`"),
    Case(
      old: "model:\n", new: "model:\n  from: checkpoints/x\n",
      message: "r.yaml:5:9: `model.from` is given together with `model.hidden_size`, `model.num_hidden_layers`, "
        + "`model.num_attention_heads`, `model.num_key_value_heads`, `model.intermediate_size`; "
        + "expected only `model.from`: a checkpoint brings its own shape; try removing `model.…`"),
  ]

  static let numerics = [
    Case(
      old: "dataset:\n", new: "bitlinear: {activation_bits: 4}\ndataset:\n",
      message: "r.yaml:10:30: `bitlinear.activation_bits` is 4; expected 8, the only width the kernels have; "
        + "try `activation_bits: 8`"),
    Case(
      old: "max_steps: 20000", new: "max_steps: 20000\nmaster_weights: {dtype: float32, rounding: kahan}",
      message: "r.yaml:16:44: `master_weights.rounding` is kahan; "
        + "expected no rounding with `master_weights.dtype: float32`, which keeps every update; "
        + "try removing `master_weights.rounding`"),
  ]

  static let quantization = [
    Case(
      old: "dataset:\n", new: "bitlinear:\n  warmup: {type: linear, steps: 20001}\ndataset:\n",
      message:
        "r.yaml:11:33: `bitlinear.warmup.steps` is 20001; expected at most `max_steps` (20000), so that the model "
        + "becomes quantised; try `steps: 20000`"),
    Case(
      old: "dataset:\n", new: "bitlinear:\n  start_step: 19500\n  warmup: {type: cosine}\ndataset:\n",
      message: "r.yaml:11:15: `bitlinear.warmup.steps` is 1000; expected at most `max_steps` - `bitlinear.start_step` "
        + "(500), so that the model becomes quantised; try `steps: 500`"),
    Case(
      old: "dataset:\n", new: "bitlinear: {start_step: 20001}\ndataset:\n",
      message: "r.yaml:10:25: `bitlinear.start_step` is 20001; expected a step within `max_steps` (20000), so that the "
        + "model becomes quantised; try `start_step: 10000`"),
    Case(
      old: "dataset:\n", new: "bitlinear: {warmup: {steps: 30}}\ndataset:\n",
      message:
        "r.yaml:10:29: `bitlinear.warmup.steps` is given with `bitlinear.warmup.type: none`; expected a type, which "
        + "says how λ rises; try `type: linear`"),
    Case(
      old: "dataset:\n", new: "bitlinear: {weight_quant: none, warmup: {type: linear}}\ndataset:\n",
      message:
        "r.yaml:10:48: `bitlinear.warmup` is given with `bitlinear.weight_quant: none`; expected weights that become "
        + "codes; try `weight_quant: absmean`"),
    Case(
      old: "dataset:\n", new: "bitlinear: {warmup: linear}\ndataset:\n",
      message: "r.yaml:10:21: `bitlinear.warmup` is the text \"linear\"; expected a mapping of keys; "
        + "try `warmup: {type: linear}`"),
    Case(
      old: "dataset:\n", new: "bitlinear: {warmup: {type: sigmoid}}\ndataset:\n",
      message: "r.yaml:10:28: `bitlinear.warmup.type` is the text \"sigmoid\"; expected one of none, linear, cosine, "
        + "layerwise; try `type: linear`"),
    Case(
      old: "dataset:\n", new: "bitlinear: {warmup: {type: linear, stepz: 9}}\ndataset:\n",
      message: "r.yaml:10:36: unknown key `bitlinear.warmup.stepz`; did you mean `bitlinear.warmup.steps`?"),
    Case(
      old: "dataset:\n", new: "bitlinear: {warmup: {type: linear, momentumxyz: 9}}\ndataset:\n",
      message: "r.yaml:10:36: unknown key `bitlinear.warmup.momentumxyz`; expected one of type, steps"),
    Case(
      old: "dataset:\n", new: "bitlinear.warmup.type: linear\ndataset:\n",
      message: "r.yaml:10:1: unknown key `bitlinear.warmup.type`; did you mean `bitlinear: {warmup: {type: …}}`?"),
  ]

  static let data = [
    Case(
      old: "90000000:95000000", new: "89999999:95000000",
      message: "r.yaml:13:15: `dataset.validation` (89999999:95000000) overlaps `dataset.train` (0:90000000); "
        + "expected two ranges without a common byte; try `validation: \"90000000:\"`"),
    Case(
      old: "0:90000000\"", new: ":\"",
      message: "r.yaml:13:15: `dataset.validation` (90000000:95000000) overlaps `dataset.train` (0:); "
        + "expected two ranges without a common byte"),
    Case(
      old: "\"0:90000000\"", new: "\"0:256\"",
      message: "r.yaml:12:10: `dataset.train` holds 256 bytes; "
        + "expected at least one window, `max_seq_len` + 1 = 257 bytes"),
    Case(
      old: "90000000:95000000", new: "90000000:90000001",
      message: "r.yaml:13:15: `dataset.validation` holds 1 byte; "
        + "expected at least 2 bytes, one to predict the other from"),
    Case(
      old: "  validation: \"90000000:95000000\"\n", new: "",
      message: "r.yaml:17:21: `eval_every_n_steps` is given without `dataset.validation`; "
        + "expected a range of bytes to evaluate on; try removing `eval_every_n_steps`"),
  ]

  static let schedule = [
    Case(
      old: "max_steps: 20000", new: "max_steps: 20000\nmax_minutes: 5",
      message: "r.yaml:16:14: `max_steps` and `max_minutes` are both given; expected one of the two; "
        + "try removing `max_steps`"),
    Case(
      old: ", second_lr: 1.3e-3", new: "",
      message: "r.yaml:17:22: `lr_scheduler.second_lr` is missing (`lr_scheduler.type` is two_stage); "
        + "expected the peak of the second line; try `second_lr: 0.001333`"),
    Case(
      old: "type: two_stage", new: "type: cosine",
      message: "r.yaml:17:64: `lr_scheduler.second_lr` is given with `lr_scheduler.type: cosine`; "
        + "expected it with two_stage only; try removing `lr_scheduler.second_lr`"),
    Case(
      old: "type: two_stage, num_warmup_steps: 100, second_lr: 1.3e-3", new: "type: wsd",
      message: "r.yaml:17:22: `lr_scheduler.num_decay_steps` is missing (`lr_scheduler.type` is wsd); "
        + "expected the length of the final fall; try `num_decay_steps: 2000`"),
    Case(
      old: "final_lr: 4.0e-5", new: "num_decay_steps: 9",
      message: "r.yaml:17:92: `lr_scheduler.num_decay_steps` is given with `lr_scheduler.type: two_stage`; "
        + "expected it with wsd only; try removing `lr_scheduler.num_decay_steps`"),
    Case(
      old: "type: two_stage, num_warmup_steps: 100, second_lr: 1.3e-3", new: "type: constant",
      message: "r.yaml:17:42: `lr_scheduler.final_lr` is given with `lr_scheduler.type: constant`; "
        + "expected none: a constant rate never falls; try removing `lr_scheduler.final_lr`"),
    Case(
      old: "type: adamw, lr: 2.0e-3", new: "type: lion, lr: 2.0e-3, eps: 1.0e-6",
      message: "r.yaml:16:42: `optimizer.eps` is given with `optimizer.type: lion`; "
        + "expected it with adamw only, which divides by it; try removing `optimizer.eps`"),
    Case(
      old: "final_lr: 4.0e-5", new: "final_lr: 1.4e-3",
      message: "r.yaml:17:85: `lr_scheduler.final_lr` is 0.0014; expected at most the peak rate (0.0013); "
        + "try `final_lr: 2.6e-05`"),
    Case(
      old: "num_warmup_steps: 100", new: "num_warmup_steps: 20000",
      message: "r.yaml:17:51: `lr_scheduler.num_warmup_steps` is 20000; expected fewer than `max_steps` (20000); "
        + "try `num_warmup_steps: 2000`"),
    Case(
      old: "type: two_stage, num_warmup_steps: 100, second_lr: 1.3e-3",
      new: "type: wsd, num_warmup_steps: 100, num_decay_steps: 19901",
      message: "r.yaml:17:67: `lr_scheduler.num_decay_steps` is 19901; "
        + "expected at most `max_steps` - `num_warmup_steps` (19900); try `num_decay_steps: 2000`"),
  ]

  @Test(arguments: [["0:90000000", "90000000:"], ["5000000:", "0:5000000"]])
  func rangesMayTouch(ranges: [String]) {
    let overrides = ["dataset.train=\(ranges[0])", "dataset.validation=\(ranges[1])"]
    #expect(RecipeFixture.messages(overrides: overrides).isEmpty)
  }

  @Test func rulesAreSilentWhereAKeyIsWrong() {
    let yaml = RecipeFixture.replacing("  hidden_size: 256", "  hidden_size: wide")
    #expect(
      RecipeFixture.messages(yaml) == [
        "r.yaml:5:16: `model.hidden_size` is the text \"wide\"; expected an integer from 1 to 1048576; "
          + "try `hidden_size: 256`"
      ])
  }

  @Test func overrideIsToBlame() {
    #expect(
      RecipeFixture.messages(overrides: ["model.num_attention_heads=3", "model.num_key_value_heads=3"]) == [
        "command line: model.num_attention_heads=3: `model.hidden_size` is 256; "
          + "expected a multiple of `model.num_attention_heads` (3); try `model.hidden_size=258`"
      ])
    #expect(
      RecipeFixture.messages(overrides: ["max_minutes=2"]) == [
        "command line: max_minutes=2: `max_steps` and `max_minutes` are both given; expected one of the two; "
          + "try `max_steps=null` as well"
      ])
  }
}
