import Datasets
import Recipes
import Testing

/// `dataset.path` as one file or several.
@Suite struct DataSourceRecipeTests {
  private func sources(_ path: String) throws -> [DataSource]? {
    try RecipeFixture.recipe("dataset.path=\(path)").corpus?.sources
  }

  @Test func filesAndWeightsAreRead() throws {
    #expect(try sources("a.txt") == [DataSource(path: "a.txt")])
    #expect(try sources("[a.txt, \"b c.gz\"]") == [DataSource(path: "a.txt"), DataSource(path: "b c.gz")])
    #expect(
      try sources("[a.txt, {path: b, weight: 0.25}, {path: c}]")
        == [DataSource(path: "a.txt"), DataSource(path: "b", weight: 0.25), DataSource(path: "c")])
    #expect(
      try FineTuningFixture.recipe("dataset.path=[a.jsonl, {path: b.jsonl, weight: 3}]").instructions?.sources
        == [DataSource(path: "a.jsonl"), DataSource(path: "b.jsonl", weight: 3)])
  }

  @Test(arguments: ["a.txt", "[a, b]", "[{path: a, weight: 2}]", "[a, {path: \"b, c\", weight: 0.5}]"])
  func whatIsWrittenReadsBack(path: String) throws {
    let recipe = try RecipeFixture.recipe("dataset.path=\(path)")
    #expect(try Recipe(yaml: recipe.resolvedYAML(), file: "r.yaml") == recipe)
  }

  @Test(arguments: [
    "[]", "[a, a]", "[{weight: 2}]", "[{path: a, weight: 0}]", "[{path: a, weight: 1001}]", "[{path: a, wait: 2}]",
    "[[a]]", "[\"\"]",
  ])
  func whatIsNoneIsRefused(path: String) {
    #expect(throws: RecipeError.self) { try sources(path) }
  }

  @Test func severalTextsAreDrawnAtRandom() {
    let error = #expect(throws: RecipeError.self) {
      try RecipeFixture.recipe("dataset.path=[a, b]", "dataset.order=sequential")
    }
    #expect("\(error, default: "")".contains("`dataset.path` has 2 files"))
  }
}
