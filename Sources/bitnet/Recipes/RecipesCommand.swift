import ArgumentParser
import Recipes

/// `bitnet recipes`: everything about recipe files short of running them.
struct RecipesCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "recipes",
    abstract: "List, show, copy and check recipes.",
    discussion: """
      A recipe is given as the path of a file, or by its name: names are looked up in ./recipes, then in the folder \
      that BITNET_RECIPES names, then beside this program.
      """,
    subcommands: [
      RecipesListCommand.self, RecipesShowCommand.self, RecipesCopyCommand.self, RecipesValidateCommand.self,
    ]
  )
}

extension RecipeError: UsageError {}
extension RecipeCatalogError: UsageError {}
