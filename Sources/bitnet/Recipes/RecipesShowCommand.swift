import ArgumentParser
import Foundation
import Recipes

struct RecipesShowCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "cat", abstract: "Print a recipe as it was written, comments and all.")

  @Argument(help: "A file, or the name of a recipe.")
  var recipe: String

  func run() throws {
    let text = try RecipeCatalog.read(RecipeCatalog.standard.locate(recipe))
    try StandardOutput.write(words: Data(text.utf8))
  }
}
