import ArgumentParser
import Datasets
import FileFormats
import Foundation
import Recipes
import Workflows
import Tokenization

struct DataPreviewCommand: ParsableCommand {
  enum Color: String, CaseIterable, ExpressibleByArgument {
    case auto
    case always
    case never

    var isOn: Bool {
      let environment = ProcessInfo.processInfo.environment
      let suitsTerminal = isatty(STDOUT_FILENO) == 1 && environment["TERM"] != "dumb"
      return self == .always || self == .auto && suitsTerminal && environment["NO_COLOR"] == nil
    }
  }

  static let configuration = CommandConfiguration(
    commandName: "preview",
    abstract: "Show what a fine-tuning recipe learns from: rows, marks and totals.",
    discussion: """
      The first rows as the model will see them, with the trained part coloured (or between « and »), and what the data \
      amounts to. Every row is read and checked, as training does; nothing is trained.

        bitnet data preview sft-quickstart
        bitnet data preview my.yaml dataset.path=answers.jsonl chat_template=chatml --rows 10
      """)

  @Argument(help: "A file, or the name of a recipe.")
  var recipe: String

  @Argument(help: ArgumentHelp("Changes to the recipe.", valueName: "key=value"))
  var overrides: [String] = []

  @Option(help: "Show so many rows.")
  var rows = 5

  @Option(help: "When to use colours: \(Color.allCases.map(\.rawValue).joined(separator: ", ")).")
  var color = Color.auto

  @Flag(help: "Print the totals as one JSON object.")
  var json = false

  func validate() throws {
    guard rows >= 0 else { throw ValidationError("--rows must be 0 or more, got \(rows)") }
  }

  func run() throws {
    let recipe = try Recipe.load(recipe, overrides: overrides)
    guard let instructions = recipe.instructions else { throw PreviewError.notFineTuning(recipe: self.recipe) }
    let preview = try FineTuningPreview(recipe, instructions)
    guard !json else {
      return try JSONOutput.write(Dictionary(uniqueKeysWithValues: preview.totals.map { ($0.part, $0) }))
    }
    for number in 0..<min(rows, preview.count) {
      try StandardOutput.write(Data((preview.text(number, marking: color.isOn ? .color : .quotes) + "\n\n").utf8))
    }
    StandardOutput.tell(preview.totals.map(\.table).joined(separator: "\n\n"))
  }
}

extension PreviewError: UsageError {}
