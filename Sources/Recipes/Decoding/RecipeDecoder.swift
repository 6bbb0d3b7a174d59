/// From YAML text to a `Recipe`: parse, override, check the keys, read the values, check how they fit together.
struct RecipeDecoder {
  let file: String

  func decode(_ yaml: String, overrides texts: [String]) throws -> Recipe {
    var problems: [RecipeProblem] = []
    var structure = RecipeStructure(file: file)
    var root = try RecipeParser(file: file).parse(yaml)
    for (index, text) in texts.enumerated() {
      do {
        let change = try RecipeOverride(text, index: index, parser: RecipeParser(file: file))
        if structure.checkPath(of: change) { root.apply(change) }
      } catch let error as RecipeError {
        problems += error.problems
      }
    }
    structure.check(root)
    problems += structure.problems
    guard case .mapping = root.content else { throw RecipeError(problems) }

    var reader = RecipeReader(file: file, root: root)
    let recipe = RecipeDraft(&reader).recipe
    RecipeRules.check(recipe, &reader)
    problems += reader.problems
    guard problems.isEmpty else { throw RecipeError(problems) }
    return recipe
  }
}
