import ArgumentParser

/// `bitnet data`: what models are trained on.
struct DataCommand: AsyncParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "data",
    abstract: "Fetch and examine training data.",
    subcommands: [DataFetchCommand.self, DataStatsCommand.self]
  )
}
