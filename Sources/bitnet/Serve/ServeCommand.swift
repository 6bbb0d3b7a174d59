#if Server
  import ArgumentParser
  import BitNetServer
  import FileFormats
  import Foundation
  import Inference
  import Kernels
  import Serving

  struct ServeCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
      commandName: "serve", abstract: "Answer over HTTP, as OpenAI's interface does.",
      discussion: """
        POST /v1/chat/completions and /v1/completions, GET /v1/models, /health and /metrics; a page to talk with the model
        at /. Ctrl-C or SIGTERM lets answers come to their ends. The same request with the same seed has the same answer, \
        whatever else is being computed.

          bitnet serve model.gguf
          bitnet serve checkpoints/quickstart --host 0.0.0.0 --api-keys keys.txt
          bitnet serve model.gguf --profile edge --dry-run
          curl http://127.0.0.1:8080/v1/chat/completions -H 'Content-Type: application/json' \\
            -d '{"model": "quickstart", "messages": [{"role": "user", "content": "Who are you?"}]}'

        A line of the file of keys is the SHA-256 of a key (printf %s KEY | sha256sum), a name and, if you like, the requests \
        and the tokens of a minute (- for no limit of its own). SIGHUP reads it again.
        """)

    @Argument(help: ArgumentHelp(ModelArgument.help, valueName: "model"))
    var path: String

    @OptionGroup(title: "Network") var network: ServeNetworkOptions

    @Option(help: "The name of the model in requests. (default: that of its file or folder)")
    var modelName: String?

    @Option(help: "Another name for it; may be given several times.")
    var alias: [String] = []

    @OptionGroup(title: "Capacity") var capacity: ServeCapacityOptions

    @Flag(help: "In /metrics, the names of llama.cpp's server besides the own ones.")
    var llamaMetrics = false

    @OptionGroup var adapter: AdapterOption

    @Flag(help: "Load the model, tell what the server would be started with, and end.")
    var dryRun = false

    @Flag(help: "With --dry-run, print one JSON object.")
    var json = false

    func validate() throws {
      guard dryRun || !json else { throw ValidationError("--json belongs to --dry-run") }
    }

    func run() async throws {
      _ = try KernelPath.selection.get()
      var configuration = ServerConfiguration(modelName: modelName ?? Self.name(ofPath: path))
      try network.apply(to: &configuration)
      configuration.aliases = Set(alias)
      configuration.limits.answerTokens = capacity.maxAnswerTokens
      configuration.hasLlamaMetrics = llamaMetrics
      configuration.endsOnSignals = true
      // What is refused is refused before a large model is loaded.
      try configuration.requireUsable()
      let limit = try capacity.limitBytes()
      let model = try load(within: limit)
      let (engineConfiguration, plan) = try capacity.plan(model, limitBytes: limit)
      if dryRun {
        return try tell(
          ServeReport(
            configuration, engineConfiguration, plan, threads: capacity.threadCount, profile: capacity.profile,
            limitBytes: limit))
      }
      if limit == nil, plan.totalBytes > MemoryLimit.bytes {
        StandardError.note(
          "\(plan.slots) whole sequences would need \(CountFormat.bytes(plan.totalBytes)) of memory, and there are "
            + "\(CountFormat.bytes(MemoryLimit.bytes)): lower --context-limit or --slots, or set --memory-limit")
      }
      let engine = capacity.withPool { Engine(model, configuration: engineConfiguration) }
      try await serve(engine, configuration)
    }

    /// - Throws: `MemoryPlanError`; what is wrong with the files.
    private func load(within limit: Int?) throws -> ServedModel {
      let opened = try OpenedModel(path, adapter: adapter.adapter)
      if let limit { try MemoryPlan.requireRoom(for: opened.architecture, within: limit) }
      let model = try capacity.withPool { try ServedModel(opened) }
      for note in model.notes { StandardError.note(note) }
      return model
    }

    private func tell(_ report: ServeReport) throws {
      if json { try JSONOutput.write(report) } else { StandardOutput.tell(report.table) }
    }

    private func serve(_ engine: Engine, _ configuration: ServerConfiguration) async throws {
      let server = HTTPServer(engine, configuration: configuration) { StandardError.write("error: \($0)\n") }
      let reloading = configuration.keys.map(KeyReloading.init)
      defer { reloading?.stop() }
      try await server.run { address in
        // Whoever waits for the line reads it at once, through a pipe too.
        try? StandardOutput.write(Data("listening on \(address)\n".utf8))
      }
      StandardError.write("answers are done, the server ends\n")
    }

    private static func name(ofPath path: String) -> String {
      let url = URL(fileURLWithPath: path).standardizedFileURL
      return url.pathExtension == "gguf" ? url.deletingPathExtension().lastPathComponent : url.lastPathComponent
    }
  }

  extension ServerConfigurationError: UsageError {}
  extension APIKeyFileError: UsageError {}
  extension PatternFileError: UsageError {}
#endif
