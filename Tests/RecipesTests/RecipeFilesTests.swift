import Foundation
import Recipes
import Testing

/// Every file in recipes/ is loaded, with the override its header shows.
@Suite struct RecipeFilesTests {
  static let folder = URL(filePath: #filePath)
    .deletingLastPathComponent().deletingLastPathComponent().deletingLastPathComponent().appending(path: "recipes")
  static let catalog = RecipeCatalog(folders: [folder.path])

  @Test func everyFileIsARecipeOfTheCatalog() throws {
    let files = FileManager.default.enumerator(atPath: Self.folder.path)?.compactMap { $0 as? String } ?? []
    #expect(files.count == 14)
    #expect(
      Self.catalog.entries().map(\.name) == [
        "demo", "demo-sft", "dpo-quickstart", "enwik8-base", "enwik8-bpe", "enwik8-small", "enwik8-small-swiglu",
        "enwik8-tiny", "enwik8-tiny-warmup", "kto-quickstart", "lora-json", "lora-quickstart", "quickstart",
        "sft-quickstart",
      ])
  }

  @Test(arguments: catalog.entries().map(\.path))
  func loads(path: String) throws {
    let recipe = try Recipe.load(path)
    let kinds: [String: Recipe.Kind] = [
      "demo-sft": .sft,
      "dpo-quickstart": .dpo, "kto-quickstart": .kto, "lora-json": .sft, "lora-quickstart": .sft,
      "sft-quickstart": .sft,
    ]
    let name = URL(filePath: path).deletingPathExtension().lastPathComponent
    #expect(recipe.kind == kinds[name] ?? .pretrain)
    #expect(recipe.outputDirectory == "checkpoints/\(name)")
  }

  @Test(arguments: catalog.entries().map(\.path))
  func headerShowsWhatWorks(path: String) throws {
    let name = URL(filePath: path).lastPathComponent
    let lines = try RecipeCatalog.read(path).split(separator: "\n").map(String.init)
    #expect(RecipeCatalog.title(of: lines[0]) != nil)
    #expect(lines.contains { $0.hasPrefix("# Needs:    ") })
    #expect(lines.contains("# Run:      bitnet train recipes/\(name)"))
    let command = "# Override: bitnet train recipes/\(name) "
    let overrides = try #require(lines.first { $0.hasPrefix(command) }).dropFirst(command.count)
    let changed = try Recipe.load(path, overrides: overrides.split(separator: " ").map(String.init))
    #expect(try changed != Recipe.load(path))
  }
}
