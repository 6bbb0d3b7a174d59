#if Server
  import ArgumentParser

  struct DeployCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
      commandName: "deploy", abstract: "What it takes to run the server in earnest; see the folder deploy.",
      subcommands: [DeployCheckCommand.self])
  }
#endif
