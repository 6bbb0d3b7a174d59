import Foundation
import Recipes
import Testing

/// Files that are small or simple, and would be gigabytes or minutes.
@Suite struct RecipeLimitsTests {
  /// Lines of nine aliases of the line before.
  private static func bomb(levels: Int) -> String {
    let first = "a0: &a0 [\(Array(repeating: "x", count: 9).joined(separator: ", "))]\n"
    return (1...levels).reduce(first) { text, level in
      let aliases = Array(repeating: "*a\(level - 1)", count: 9).joined(separator: ", ")
      return text + "a\(level): &a\(level) [\(aliases)]\n"
    }
  }

  @Test(.timeLimit(.minutes(1)), arguments: ["", "? *a30\n: 1\n", "a1: 2\n"])
  func aliasesOfAliasesAreCounted(end: String) {
    #expect(
      RecipeFixture.messages(Self.bomb(levels: 30) + end) == [
        "r.yaml:5:35: more values than a recipe has, those that aliases stand for included; expected at most 50000"
      ])
  }

  @Test func aliasesMayNotDeepenAList() {
    let nested = { (text: String) in String(repeating: "[", count: 30) + text + String(repeating: "]", count: 30) }
    #expect(
      RecipeFixture.messages("a: &a \(nested("1"))\nb: \(nested("*a"))\n") == [
        "r.yaml:2:34: lists and mappings are nested too deeply; expected at most 50 inside of each other"
      ])
  }

  @Test(arguments: [51, 2_000])
  func depthIsLimited(depth: Int) {
    let messages = RecipeFixture.messages("a: \(String(repeating: "[", count: depth))")
    #expect(messages.count == 1)
    let closed = String(repeating: "[", count: depth) + String(repeating: "]", count: depth)
    for messages in [
      RecipeFixture.messages("a: \(closed)\n"), RecipeFixture.messages(overrides: ["dataset=\(closed)"]),
    ] {
      #expect(messages.count == 1)
      #expect(messages.first?.hasSuffix("nested too deeply; expected at most 50 inside of each other") == true)
    }
  }

  /// Each mapping around a key would look at all of it.
  @Test func keysInsideOfKeysAreCounted() {
    let key = String(repeating: "? {", count: 60) + "a" + String(repeating: "}", count: 60)
    #expect(
      RecipeFixture.messages("\(key)\n: 1\n") == [
        "r.yaml:1:1: more than 50 keys written with a question mark; expected `key: value`"
      ])
    let questions = (0..<100).map { "\"Who? And why? No. \($0)\"" }.joined(separator: ", ")
    #expect(RecipeFixture.messages(RecipeFixture.yaml + "samples: {prompts: [\(questions)]}\n").isEmpty)
  }

  @Test func sizeIsLimited() {
    #expect(
      RecipeFixture.messages("a: \(String(repeating: "x", count: 300_000))\n") == [
        "r.yaml:1:1: 300004 bytes are no recipe; expected at most 262144 bytes"
      ])
  }

  @Test func fileIsReadToTheLimitOnly() {
    let error = #expect(throws: RecipeCatalogError.self) { try RecipeCatalog.read("/dev/zero") }
    #expect(error?.description.contains("more than 262144 bytes") == true)
  }

  @Test func textsWithStarsStayWhatTheyAre() throws {
    let yaml = RecipeFixture.replacing("  path: data/enwik8", "  path: \"a*b\" # *c")
      .replacing("checkpoints/fixture", with: "run*2")
    let recipe = try Recipe(yaml: yaml, file: "r.yaml")
    #expect(recipe.outputDirectory == "run*2")
    #expect(recipe.corpus?.path == "a*b")
    #expect(
      RecipeFixture.messages(RecipeFixture.replacing("checkpoints/fixture", "**/x")) == [
        "r.yaml:3:13: not valid YAML: a plain text begins with a star; expected quotes around it"
      ])
  }

  @Test func anchorsAreKnownFromTheirEndOnAndMayBeReplaced() throws {
    let yaml = RecipeFixture.replacing("num_attention_heads: 4", "num_attention_heads: &n 4")
      .replacing("num_key_value_heads: 4", with: "num_key_value_heads: *n")
      .replacing("max_seq_len: 256", with: "max_seq_len: &n 256").appending("batch_size: *n\n")
    #expect(try Recipe(yaml: yaml, file: "r.yaml").training.batchSize == 256)
    #expect(RecipeFixture.messages("a: &b [*b]\n") == ["r.yaml:1:8: not valid YAML: found undefined alias"])
  }

  /// Ten thousand unknown keys took 14 s.
  @Test(arguments: [1, 2])
  func manyUnknownKeysAreQuicklyTold(copies: Int) throws {
    let keys = (0..<10_000 / copies).map { "unknown_key_\($0): \($0)\n" }.joined()
    let yaml = RecipeFixture.yaml + Array(repeating: keys, count: copies).joined()
    let start = ContinuousClock.now
    let error = #expect(throws: RecipeError.self) { try Recipe(yaml: yaml, file: "r.yaml") }
    #expect(ContinuousClock.now - start < .seconds(3))
    #expect(error.map { $0.description.utf8.count < 200_000 } == true)
    if copies == 1 {
      #expect(error?.problems.last?.description == "r.yaml:59:1: 9960 more unknown keys from here on")
    }
  }

  @Test(.timeLimit(.minutes(1)))
  func longNamesAreCut() {
    let long = String(repeating: "k", count: 100_000)
    let messages = RecipeFixture.messages(RecipeFixture.replacing("checkpoints/fixture", "[]") + "? \(long)\n: 1\n")
    #expect(messages.count == 2)
    #expect(messages.allSatisfy { $0.utf8.count < 1_000 })
    #expect(RecipeFixture.messages(overrides: ["max_steps=\(long)"]).allSatisfy { $0.utf8.count < 1_000 })
  }

  @Test(arguments: ["output_dir", "dataset.path", "tokenizer.path", "model.from", "dataset.validation_path"])
  func pathsHaveNoControlCharacters(key: String) {
    let overrides = ["\(key)=\"a\\0b\""] + (key == "model.from" ? ["model={from: \"a\\0b\"}"] : [])
    let recipe = key == "dataset.validation_path" ? ["recipe=sft", "dataset={path: a}"] : []
    let messages = RecipeFixture.messages(overrides: recipe + overrides)
    #expect(
      messages.contains { $0.contains("`\(key)` is the text") && $0.contains("with control characters; expected") })
  }
}
