import ArgumentParser

/// The root of the command line; one file per subcommand.
@main
struct BitNetCommand: AsyncParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "bitnet",
    abstract: "Pretrain, fine-tune and run BitNet b1.58 language models on ordinary CPUs.",
    version: "0.1.0",
    subcommands: []
  )
}
