import Datasets
import Foundation
import Recipes
import TestSupport
import Testing
import Tokenization
import Training

/// Runs whose tokenizer comes from a file: `tokenizer.path`.
@Suite struct TokenizerPathTests {
  let folder: TemporaryDirectory

  init() throws { folder = try TemporaryDirectory() }

  private func recipe(_ tokenizer: TokenizerConfiguration) throws -> Recipe {
    var recipe = try RecipeFixture.recipe(
      "max_steps=2", "max_seq_len=16", "batch_size=2", "eval_tokens=64", "eval_every_n_steps=2",
      "lr_scheduler.num_warmup_steps=0", "model.num_hidden_layers=1", "model.hidden_size=32",
      "model.num_attention_heads=2", "model.num_key_value_heads=2", "model.intermediate_size=48")
    let text = (0..<400).map { "\($0) squared is \($0 * $0)\n" }.joined()
    recipe.task = .pretrain(
      CorpusConfiguration(
        path: try folder.write(Array(text.utf8), to: "text"), train: ByteRange(0, 4000),
        validation: ByteRange(4000, 5000)))
    recipe.outputDirectory = folder.path("run")
    recipe.tokenizer = tokenizer
    return recipe
  }

  private func writeTokenizer(_ specialTokens: [String]) throws -> String {
    let url = folder.url.appendingPathComponent("tokenizer", isDirectory: true)
    try FileManager.default.createDirectory(at: url, withIntermediateDirectories: true)
    for (name, data) in try ByteTokenizer(specialTokens: specialTokens).files(maximumLength: 16) {
      try data.write(to: url.appendingPathComponent(name))
    }
    return url.path
  }

  @Test(arguments: ["", "/tokenizer.json"]) func theModelGetsTheVocabularyOfTheFile(suffix: String) throws {
    let path = try writeTokenizer(["<|a|>", "<|b|>"]) + suffix
    let run = try TrainingRun(recipe(TokenizerConfiguration(path: path)))
    #expect(run.model.architecture.vocabularySize == 258)
    #expect(try run.recipe.workload().model.vocabularySize == 258)
    #expect(try run.train { _ in .continue } == .finished)
    let checkpoint = try #require(run.latestCheckpoint)
    #expect(try ByteTokenizer(folder: checkpoint).specialTokens.map(\.text) == ["<|a|>", "<|b|>"])
  }

  @Test func aPathWithoutATokenizerIsAnError() throws {
    let path = folder.path("nothing")
    #expect(throws: (any Error).self) { try TrainingRun(recipe(TokenizerConfiguration(path: path))) }
    #expect(!FileManager.default.fileExists(atPath: folder.path("run")))
  }
}
