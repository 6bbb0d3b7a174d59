import Recipes
import Testing

/// Text that is no YAML.
@Suite struct RecipeSyntaxTests {
  @Test(arguments: [
    (
      "a: [1, 2\nb: 3\n",
      "r.yaml:2:2: not valid YAML: did not find expected ',' or ']' (while parsing a flow sequence at line 1)"
    ),
    (
      "a: \"x\n",
      "r.yaml:2:1: not valid YAML: found unexpected end of stream (while scanning a quoted scalar at line 1)"
    ),
    (
      "a: *b\n",
      "r.yaml:1:4: not valid YAML: found undefined alias"
    ),
    (
      "a: 1\n---\nb: 2\n",
      "r.yaml:2:1: not valid YAML: but found another document "
        + "(expected a single document in the stream at line 1)"
    ),
    (
      "a:\n\tb: 1\n",
      "r.yaml:2:1: not valid YAML: found character that cannot start any token "
        + "(while scanning for the next token at line 2)"
    ),
  ])
  func positionIsGiven(yaml: String, message: String) {
    #expect(RecipeFixture.messages(yaml) == [message])
  }

  @Test func unquotedOpenRangeIsExplained() {
    #expect(
      RecipeFixture.messages(RecipeFixture.replacing("\"0:90000000\"", "300000:")) == [
        "r.yaml:12:16: not valid YAML: mapping values are not allowed in this context; "
          + "try quotes around a value that holds a colon"
      ])
  }

  @Test func duplicatesDoNotHideASyntaxError() {
    #expect(
      RecipeFixture.messages("a: {b: 1, b: 2}\nc: [\n") == [
        "r.yaml:3:1: not valid YAML: did not find expected node content (while parsing a flow node at line 3)"
      ])
  }

  @Test(arguments: ["", "# only a comment\n", "---\n", "null\n"])
  func emptyRecipeMissesItsKeys(yaml: String) {
    #expect(RecipeFixture.messages(yaml).first?.hasPrefix("r.yaml:1:1: `recipe` is missing") == true)
  }

  @Test func anchorsWork() throws {
    let yaml = RecipeFixture.replacing("  hidden_size: 256", "  hidden_size: &width 256")
      .replacing("max_seq_len: 256", with: "max_seq_len: *width")
    #expect(try Recipe(yaml: yaml, file: "r.yaml") == RecipeFixture.recipe())
  }

  @Test func oddKeysAreNotKeys() {
    let messages = RecipeFixture.messages(RecipeFixture.yaml + "? [a, b]\n: 1\n~: 2\n")
    #expect(messages.count == 2)
    #expect(messages.allSatisfy { $0.contains("unknown key") })
  }
}
