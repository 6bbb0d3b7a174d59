import ArgumentParser
import FileFormats
import Foundation
import Recipes

struct RecipesListCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "ls", abstract: "List the recipes that have a name: parameters and what each is.")

  func run() throws {
    let entries = RecipeCatalog.standard.entries()
    guard !entries.isEmpty else { throw NoRecipes(folders: RecipeCatalog.standard.folders) }
    let nameWidth = entries.map(\.name.count).max() ?? 0
    for entry in entries {
      let text = try RecipeCatalog.read(entry.path)
      let name = entry.name.padding(toLength: nameWidth, withPad: " ", startingAt: 0)
      StandardOutput.tell(
        "\(name)  \(parameters(of: text, at: entry.path))  \(RecipeCatalog.title(of: text) ?? "(no title)")")
    }
  }

  /// Right-aligned to seven characters; a recipe with mistakes is listed as such, `validate` tells more.
  private func parameters(of text: String, at path: String) -> String {
    let label: String
    switch try? Recipe(yaml: text, file: path).model {
    case .configuration(let model): label = CountFormat.short(model.parameterCount)
    case .checkpoint: label = "as from"
    case nil: label = "invalid"
    }
    return String(repeating: " ", count: max(0, 7 - label.count)) + label
  }
}

/// There is nothing to list.
private struct NoRecipes: UsageError, CustomStringConvertible {
  let folders: [String]
  var description: String {
    "no recipes in \(folders.joined(separator: ", ")); try setting BITNET_RECIPES to the folder that holds them"
  }
}
