#if !Server
  import ArgumentParser

  /// Stands where `serve` is in a program that was built with the package trait `Server`.
  struct NoServeCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
      commandName: "serve", abstract: "Answer over HTTP: not in this program, build it with `make build`.")

    @Argument(parsing: .allUnrecognized) var arguments: [String] = []

    func validate() throws {
      throw ValidationError(
        "this program was built without the server (the package trait Server). `make build` builds it with all parts.")
    }
  }
#endif
