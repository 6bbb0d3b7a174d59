import ArgumentParser

struct BenchCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "bench", abstract: "Measure speed on this machine.",
    subcommands: [
      BenchKernelsCommand.self,
      BenchTrainCommand.self,
      BenchDecodeCommand.self,
      BenchPrefillCommand.self,
      BenchTokenizerCommand.self,
      BenchMakeModelCommand.self,
    ] + serving)

  /// Nothing without the package trait `Server`.
  private static var serving: [any ParsableCommand.Type] {
    #if Server
      [BenchServeCommand.self]
    #else
      []
    #endif
  }
}
