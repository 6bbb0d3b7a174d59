import ArgumentParser
import FileFormats
import Foundation
import Recipes

struct RecipesCopyCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "cp", abstract: "Copy a recipe to a file of your own. An existing file is never overwritten.")

  @Argument(help: "A file, or the name of a recipe.")
  var recipe: String

  @Argument(help: "The new file, e.g. my-run.yaml.")
  var file: String

  func run() throws {
    let text = try RecipeCatalog.read(RecipeCatalog.standard.locate(recipe))
    guard !FileManager.default.fileExists(atPath: file) else { throw CopyRefused(file: file) }
    try AtomicFile.write(to: URL(filePath: file), contents: Data(text.utf8))
    StandardOutput.tell("\(file)  (check your changes with: bitnet recipes validate \(file))")
  }
}

/// The target of a copy is there already.
private struct CopyRefused: UsageError, CustomStringConvertible {
  let file: String
  var description: String { "\(file) exists and is not overwritten; try another name, or remove it first" }
}
