import ArgumentParser
import Datasets
import Foundation

/// `bitnet data`: what models are trained on.
struct DataCommand: AsyncParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "data",
    abstract: "Fetch, examine and make training data.",
    discussion: """
      Fine-tuning reads JSON: an array of objects, or objects one after another, plain or .gz. The shape of the rows is \
      told by their keys:

      \(shapes)
      """,
    subcommands: [
      DataFetchCommand.self, DataStatsCommand.self, DataPreviewCommand.self, DataMakeTasksCommand.self,
      DataCheckCommand.self, DataRenderCommand.self,
    ]
  )

  private static let shapes = InstructionConfiguration.Format.allCases.filter { $0 != .auto }
    .map { "  \($0.rawValue.padding(toLength: 18, withPad: " ", startingAt: 0))\($0.example)" }.joined(separator: "\n")
}
