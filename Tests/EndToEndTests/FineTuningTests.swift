import Architectures
import Foundation
import Inference
import Testing

/// SFT, LoRA, DPO and KTO as processes: killed and resumed, merged, exported, refused.
@Suite struct FineTuningTests {
  static let runs: [(recipe: String, overrides: [String], files: [String])] = [
    ("sft.yaml", [], ["model.safetensors"]),
    ("sft.yaml", ["lora={rank: 4, dropout: 0.1}"], ["adapter_model.safetensors", "adapter_config.json"]),
    ("dpo.yaml", [], ["model.safetensors"]),
    ("dpo.yaml", ["lora={rank: 4, placement: inside}"], ["adapter_model.safetensors"]),
    ("dpo.yaml", ["loss={type: orpo}", "lora={rank: 4}"], ["adapter_model.safetensors"]),
    ("kto.yaml", [], ["model.safetensors"]),
  ]

  @Test(arguments: runs.indices) func killedAndResumedRunsHaveTheBytesOfAnUninterruptedOne(_ index: Int) throws {
    let (recipe, overrides, files) = Self.runs[index]
    let place = try FineTuningPlace()
    let before = try place.base.bytes("run/step-000040/model.safetensors")
    let straight = try place.train(recipe, "straight", overrides)
    try #require(straight.exitCode == 0, "\(straight.errors)")
    try place.trainAndKill(recipe, "killed", overrides, after: 28)
    let resumed = try place.train(recipe, "killed", overrides + ["--resume"])
    try #require(resumed.exitCode == 0, "\(resumed.errors)")
    #expect(resumed.errors.contains("Going on after step"))
    for file in files + ["trainer/optimizer.safetensors"] where file != "adapter_config.json" {
      #expect(try place.base.bytes("killed/step-000060/\(file)") == place.base.bytes("straight/step-000060/\(file)"))
    }
    #expect(try place.log("killed") == place.log("straight"))
    #expect(try place.base.bytes("run/step-000040/model.safetensors") == before, "the model that it started from")
  }

  @Test func anAdapterInsideTheQuantizerMergesExactlyAndExports() throws {
    let place = try FineTuningPlace()
    let trained = try place.train(
      "sft.yaml", "inside", ["lora={rank: 4, alpha: 32, placement: inside}", "optimizer.lr=5.0e-3"])
    try #require(trained.exitCode == 0, "\(trained.errors)")
    let base = try place.base.bytes("inside/base/model.safetensors")
    let merge = try place.base.json("merge", "inside", "--output", "merged")
    #expect(merge["max_logit_difference"] as? Double == 0)
    #expect(try #require(merge["codes_changed"] as? Int) > 0)
    #expect(merge["loss_merged"] as? Double == merge["loss_with_adapter"] as? Double)
    let without = try #require(merge["loss_without_adapter"] as? Double)
    #expect(try #require(merge["loss_merged"] as? Double) < without)
    #expect(try place.base.bytes("inside/base/model.safetensors") == base)
    for (model, adapter) in [("merged", []), ("inside", []), ("inside/base", ["--adapter", "inside"])] {
      let text = try generate(place, model, adapter)
      #expect(try text == generate(place, "merged", []), "\(model)")
    }
    let export = try place.base.json("export", "merged", "--type", "tq2_0", "--output", "merged.gguf")
    #expect(export["codes_different"] as? Int == 0)
    #expect(export["max_logit_difference"] as? Double == 0)
  }

  private func generate(_ place: FineTuningPlace, _ model: String, _ adapter: [String]) throws -> String {
    let result = try CommandLineTool.run(
      ["generate", model] + adapter + ["--prompt", "say 7: ", "--temperature", "0", "--max-new-tokens", "24"],
      in: place.base.directory)
    try #require(result.exitCode == 0, "\(result.errors)")
    return result.output
  }

  @Test func anAdapterBesideTheQuantizerWorksFromFolderAndGGUF() throws {
    let place = try FineTuningPlace()
    let trained = try place.train("sft.yaml", "beside", ["lora={rank: 4}", "optimizer.lr=5.0e-3"])
    try #require(trained.exitCode == 0, "\(trained.errors)")
    try place.base.run("export", "beside/base", "--adapter", "beside", "--output", "adapter.gguf")
    try place.base.run("export", "beside/base", "--type", "i2_s", "--output", "base.gguf", "--head-type", "bf16")
    let expected = try generate(place, "beside", [])
    #expect(try generate(place, "beside/base", []) != expected, "the adapter changes nothing")
    #expect(try generate(place, "beside/base", ["--adapter", "adapter.gguf"]) == expected)
    #expect(try generate(place, "base.gguf", ["--adapter", "adapter.gguf"]) == expected)
    #expect(try generate(place, "base.gguf", ["--adapter", "beside/step-000060"]) == expected)
    let merge = try place.base.run("merge", "beside", "--output", "merged")
    #expect(merge.contains("beside the quantiser"))
    let answers = try #require(merge.firstMatch(of: /exact answers  (\d+) of 6 with the adapter, (\d+) of 6 merged/))
    if answers.1 != answers.2 || merge.contains("warning") {
      #expect(merge.contains("the loss goes from") && !merge.contains("of what the adapter had gained"))
    }
    try place.base.run("merge", "beside/base", "--adapter", "adapter.gguf", "--output", "merged-gguf")
    #expect(
      try place.base.bytes("merged-gguf/model.safetensors") == place.base.bytes("merged/model.safetensors"))
  }

  @Test func adaptersThatDoNotFitAreRefused() throws {
    let place = try FineTuningPlace()
    let trained = try place.train("sft.yaml", "tuned", ["lora={rank: 4}", "max_steps=10", "eval_every_n_steps=5"])
    try #require(trained.exitCode == 0, "\(trained.errors)")
    func refusal(_ arguments: String...) throws -> String {
      let result = try CommandLineTool.run(
        ["generate"] + arguments + ["--prompt", "x", "--max-new-tokens", "1"], in: place.base.directory)
      #expect(result.exitCode == 1)
      return result.errors
    }
    let other = try place.train("sft.yaml", "other", ["max_steps=10", "eval_every_n_steps=5", "lora="])
    try #require(other.exitCode == 0, "\(other.errors)")
    #expect(try refusal("other", "--adapter", "tuned").contains("was trained on another model"))
    #expect(try refusal("tuned", "--adapter", "tuned").contains("is an adapter itself"))
    // Whatever format the two have.
    try place.base.run("export", "tuned/base", "--adapter", "tuned", "--output", "adapter.gguf")
    try place.base.run("export", "other", "--type", "tq2_0", "--output", "other.gguf")
    for (model, adapter) in [("other.gguf", "tuned"), ("other", "adapter.gguf"), ("other.gguf", "adapter.gguf")] {
      #expect(try refusal(model, "--adapter", adapter).contains("was trained on another model"), "\(model), \(adapter)")
    }

    let folder = place.url("tuned/step-000010")
    let configuration = folder.appending(path: "adapter_config.json")
    let text = try String(contentsOf: configuration, encoding: .utf8)
    for (broken, message) in [
      (text.replacing("\"r\" : 4", with: "\"r\" : 0"), "r is 0, expected a rank of at least 1"),
      (text.replacing("\"r\" : 4", with: "\"r\" : 8"), "have rank 4, expected 8"),
      (text.replacing("\"LORA\"", with: "\"IA3\""), "peft_type is \"IA3\""),
      (text.replacing("\"bias\" : \"none\"", with: "\"bias\" : \"all\""), "bias is"),
    ] {
      #expect(broken != text)
      try Data(broken.utf8).write(to: configuration)
      #expect(try refusal("tuned").contains(message))
    }
    try Data(text.utf8).write(to: configuration)
    let weights = folder.appending(path: "adapter_model.safetensors")
    var bytes = try Data(contentsOf: weights)
    bytes.replaceSubrange(bytes.count - 4..<bytes.count, with: [0, 0, 0xC0, 0x7F])
    try bytes.write(to: weights)
    #expect(try refusal("tuned").contains("has NaN or infinite elements"))
  }

  /// The fingerprint tells whether a model is the right one, not the path that it had.
  @Test func anAdapterThatDoesNotNameItsModelIsUsedLikeAnyOther() throws {
    let place = try FineTuningPlace()
    for (name, lora) in [("tuned", "lora={rank: 4}"), ("other", "lora=")] {
      let trained = try place.train("sft.yaml", name, [lora, "max_steps=10", "eval_every_n_steps=5"])
      try #require(trained.exitCode == 0, "\(trained.errors)")
    }
    let expected = try generate(place, "tuned", [])
    // The model that had not got the new token yet: the run's own copy has.
    #expect(try generate(place, "run", ["--adapter", "tuned"]) == expected)
    let file = place.url("tuned/step-000010/adapter_config.json")
    let members = try JSONSerialization.jsonObject(with: Data(contentsOf: file)) as? [String: Any]
    var settings = try #require(members)
    #expect(settings.updateValue("", forKey: "base_model_name_or_path") as? String != "")
    try JSONSerialization.data(withJSONObject: settings).write(to: file)
    #expect(try generate(place, "tuned/base", ["--adapter", "tuned"]) == expected)
    #expect(try generate(place, "tuned", []) == expected)
    let refused = try CommandLineTool.run(
      ["generate", "other", "--adapter", "tuned", "--prompt", "x", "--max-new-tokens", "1"],
      in: place.base.directory)
    #expect(refused.exitCode == 1 && refused.errors.contains("was trained on another model"), "\(refused.errors)")
  }

  /// Two runs that gave one model different tokens have models of the same layers and the same size.
  @Test func anAdapterOfOtherTokensIsRefused() throws {
    let place = try FineTuningPlace()
    let trained = try place.train("sft.yaml", "tuned", ["lora={rank: 4}", "max_steps=10", "eval_every_n_steps=5"])
    try #require(trained.exitCode == 0, "\(trained.errors)")
    try FileManager.default.copyItem(at: place.url("tuned/base"), to: place.url("renamed"))
    for name in ["tokenizer.json", "tokenizer_config.json"] {
      let file = place.url("renamed/\(name)")
      let text = try String(contentsOf: file, encoding: .utf8)
      try Data(text.replacing("<|endoftext|>", with: "<|finoftext|>").utf8).write(to: file)
    }
    try place.base.run("export", "renamed", "--type", "f32", "--output", "renamed.gguf")
    for model in ["renamed", "renamed.gguf"] {
      let refused = try CommandLineTool.run(
        ["generate", model, "--adapter", "tuned", "--prompt", "x", "--max-new-tokens", "1"], in: place.base.directory)
      #expect(refused.exitCode == 1 && refused.errors.contains("different runs added tokens"), "\(refused.errors)")
      #expect(refused.errors.contains("<|endoftext|>") && refused.errors.contains("<|finoftext|>"), "\(refused.errors)")
    }
    // A model that was not given any, and no copy of the one that was.
    try FileManager.default.removeItem(at: place.url("tuned/base"))
    let refused = try CommandLineTool.run(
      ["generate", "run", "--adapter", "tuned", "--prompt", "x", "--max-new-tokens", "1"], in: place.base.directory)
    #expect(
      refused.exitCode == 1 && refused.errors.contains("its run added those of a chat template"), "\(refused.errors)")
  }

  /// A cache saves time: damaged or not to be had, it changes no weight and stops no run.
  @Test func theCacheOfTheReferenceDecidesNothing() throws {
    let place = try FineTuningPlace()
    let overrides = [
      "max_steps=3", "eval_every_n_steps=3", "save_every_n_steps=3", "lr_scheduler.num_warmup_steps=0",
    ]
    func weights(_ run: String) throws -> Data {
      try Data(contentsOf: place.url("\(run)/step-000003/model.safetensors"))
    }
    try #require(place.train("dpo.yaml", "first", overrides).exitCode == 0)
    let folder = place.url("cache/bitnet/reference-log-probabilities")
    for file in try FileManager.default.contentsOfDirectory(at: folder, includingPropertiesForKeys: nil) {
      var contents = try Data(contentsOf: file)
      for offset in 1...36 { contents[contents.count - 4 * offset + 2] ^= 64 }
      try contents.write(to: file)
    }
    let second = try place.train("dpo.yaml", "second", overrides)
    #expect(second.exitCode == 0 && second.errors.contains("is damaged"), "\(second.errors)")
    #expect(try weights("second") == weights("first"))
    let third = try CommandLineTool.run(
      FineTuningPlace.arguments("dpo.yaml", "third", overrides), in: place.base.directory,
      environment: ["XDG_CACHE_HOME": "/dev/null/cache"])
    #expect(third.exitCode == 0 && third.errors.contains("cannot be kept"), "\(third.errors)")
    #expect(try weights("third") == weights("first"))
  }

  @Test func theReferenceIsComputedOnceAndTheFirstLossIsLn2() throws {
    let place = try FineTuningPlace()
    let overrides = [
      "max_steps=1", "log_every_n_steps=1", "eval_every_n_steps=1", "save_every_n_steps=1",
      "lr_scheduler.num_warmup_steps=0",
    ]
    let first = try place.train("dpo.yaml", "first", overrides)
    try #require(first.exitCode == 0, "\(first.errors)")
    #expect(first.errors.contains("computing the reference log-probabilities of 36 pairs"))
    let second = try place.train("dpo.yaml", "second", overrides + ["lora={rank: 2}"])
    try #require(second.exitCode == 0, "\(second.errors)")
    #expect(!second.errors.contains("computing the reference"), "adapters change nothing at first")
    #expect(try place.base.run("merge", "second", "--output", "merged").contains("4 held-out chosen answers of"))
    try FileManager.default.removeItem(at: place.url("preferences.jsonl"))
    let merge = try CommandLineTool.run(["merge", "second", "--output", "blind"], in: place.base.directory)
    #expect(merge.exitCode == 0 && merge.output.contains("a built-in text"), "\(merge.errors)")
    #expect(merge.errors.contains("preferences.jsonl"), "\(merge.errors)")
    for run in ["first", "second"] {
      let line = try #require(place.log(run).first)
      let loss = try #require(line.firstMatch(of: /"loss":([0-9.]+)/)?.1)
      #expect(abs(try #require(Double(loss)) - log(2)) < 1e-5, "\(run)")
    }
  }

  @Test func startingModelsThatCannotBeTrainedAreRefused() throws {
    let place = try FineTuningPlace()
    try place.base.run("export", "run", "--type", "tq2_0", "--output", "packed.gguf", "--no-verify")
    for (overrides, message) in [
      (["model.from=packed.gguf"], "without the full-precision masters that training changes"),
      (["chat_template="], "has no chat template, and the recipe names none"),
      (["max_seq_len=129"], "has 128 positions, less than max_seq_len 129"),
      (["model.from=nowhere"], "nowhere"),
      (["dataset.path=nowhere.jsonl"], "nowhere.jsonl"),
    ] {
      let result = try place.train("sft.yaml", "refused", overrides)
      #expect(result.exitCode == 1 && result.errors.contains(message), "\(overrides): \(result.errors)")
      #expect(!FileManager.default.fileExists(atPath: place.url("refused").path))
    }
  }

  // MARK: - Other programs

  @Test(.enabled(if: Python.has("peft"), "set BITNET_PYTHON to a Python with the packages peft and transformers"))
  func peftComputesTheSameLogits() throws {
    let place = try FineTuningPlace(scaleDataType: "float32")
    let trained = try place.train("sft.yaml", "beside", ["lora={rank: 4, use_rslora: true}", "optimizer.lr=5.0e-3"])
    try #require(trained.exitCode == 0, "\(trained.errors)")
    // Few tokens: with each, another activation may lie so near a rounding boundary of its 8 bits that sums in another
    // order move it over, after which logits differ by some thousandths.
    let prompts = (0..<20).map { [Int32(97 + $0), Int32(117 - $0)] }
    let lines = try Python.run(
      script: "peft_logits.py",
      [place.url("beside/base").path, place.url("beside/step-000060").path]
        + prompts.map { $0.map { "\($0)" }.joined(separator: ",") }, in: place.base.directory
    ).split(separator: "\n").map { $0.split(separator: ",").compactMap { Float($0) } }
    try #require(lines.count == 40)
    let folder = try ModelFolder(place.url("beside/base"))
    let adapter = try LoRAAdapter(place.url("beside/step-000060"))
    for (adapter, theirs) in [(nil, lines[..<20]), (adapter, lines[20...])] {
      let session = InferenceSession(try RuntimeModel(folder, adapter: adapter))
      let differences = try zip(prompts, theirs).map { prompt, theirs in
        session.reset()
        return Self.distance(try session.prefill(prompt), theirs)
      }
      #expect(differences.count { $0 < 1e-3 } >= 10, "\(differences)")
      #expect(differences.allSatisfy { $0 < 0.03 }, "\(differences)")
    }
    #expect(Self.distance(lines[0], lines[20]) > 0.1, "the adapter hardly changes anything")
  }

  private static func distance(_ left: [Float], _ right: [Float]) -> Float {
    left.count == right.count ? zip(left, right).reduce(0) { max($0, abs($1.0 - $1.1)) } : .infinity
  }

  @Test(.enabled(if: Python.has("xllamacpp"), "set BITNET_PYTHON to a Python with the package xllamacpp"))
  func llamaCppContinuesWithOurAdapterAsWeDo() throws {
    let place = try FineTuningPlace()
    let trained = try place.train("sft.yaml", "beside", ["lora={rank: 4}", "optimizer.lr=5.0e-3"])
    try #require(trained.exitCode == 0, "\(trained.errors)")
    try place.base.run("export", "beside/base", "--adapter", "beside", "--output", "adapter.gguf")
    try place.base.run("export", "beside/base", "--type", "tq2_0", "--output", "base.gguf", "--head-type", "f32")
    let prompts = (0..<10).map { Data("say \(4 * $0 + 3): ".utf8) }
    let plain = LlamaCpp(file: place.url("base.gguf"))
    let adapted = LlamaCpp(file: place.url("base.gguf"), adapter: place.url("adapter.gguf"))
    #expect(try adapted.agreement(on: prompts, count: 16) == 10)
    #expect(try adapted.continuations(of: prompts, count: 16) != plain.continuations(of: prompts, count: 16))
  }
}
