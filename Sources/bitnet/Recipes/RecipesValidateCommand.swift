import ArgumentParser
import Foundation
import Recipes

struct RecipesValidateCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "validate", abstract: "Check a recipe and print it with every default spelled out.",
    discussion: """
      All mistakes are reported at once, with file, line, column and a repair; the exit code is then 2.
      The printed recipe is itself a recipe: it reads back to the same run.

        bitnet recipes validate enwik8-small optimizer.lr=1e-3 max_steps=null max_minutes=30
      """)

  @Argument(help: "A file, or the name of a recipe.")
  var recipe: String

  @Argument(help: ArgumentHelp("Changes, later ones win; null takes a key out.", valueName: "key=value"))
  var overrides: [String] = []

  func run() throws {
    let text = try Recipe.load(recipe, overrides: overrides).resolvedYAML()
    try StandardOutput.write(words: Data(text.utf8))
  }
}
