import ArgumentParser

/// The root of the command line; one file per subcommand.
struct BitNetCommand: AsyncParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "bitnet",
    abstract: "Pretrain and run BitNet b1.58 language models on ordinary CPUs.",
    discussion: """
      Results go to standard output, progress and errors to standard error.
      Exit codes: 0 done, 1 the work failed, 2 wrong usage or recipe (nothing was started), 130 interrupted.
      """,
    version: "0.1.0",
    subcommands: [
      TrainCommand.self,
      EvaluateCommand.self,
      GenerateCommand.self,
      ChatCommand.self,
      ConvertCommand.self,
      MergeCommand.self,
      ExportCommand.self,
      InspectCommand.self,
      VerifyCommand.self,
      BenchCommand.self,
      PlanCommand.self,
      TokenizerCommand.self,
      DataCommand.self,
      RecipesCommand.self,
      RunsCommand.self,
      ReportCommand.self,
      DoctorCommand.self,
    ] + serving
  )

  private static var serving: [any ParsableCommand.Type] {
    #if Server
      [ServeCommand.self, DeployCommand.self]
    #else
      [NoServeCommand.self]
    #endif
  }
}
