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
          curl http://127.0.0.1:8080/v1/chat/completions -H 'Content-Type: application/json' \\
            -d '{"model": "quickstart", "messages": [{"role": "user", "content": "Who are you?"}]}'

        A line of the file of keys is the SHA-256 of a key (printf %s KEY | sha256sum), a name and, if you like, the requests \
        of a minute. SIGHUP reads it again.
        """)

    @Argument(help: ArgumentHelp(ModelArgument.help, valueName: "model"))
    var path: String

    @OptionGroup(title: "Network") var network: ServeNetworkOptions

    @Option(help: "The name of the model in requests. (default: that of its file or folder)")
    var modelName: String?

    @Option(help: "Another name for it; may be given several times.")
    var alias: [String] = []

    @Option(help: "Sequences that are computed at a time.")
    var slots = 4

    @Option(help: "The most tokens of a prompt and its answer. (default: the model's own limit)")
    var contextLimit: Int?

    @Option(help: "Requests that may wait for their turn.")
    var maxQueue = 64

    @Option(help: ArgumentHelp("How long a request may take in all.", valueName: "seconds"))
    var requestTimeout = 600

    @Option(help: "The most tokens of an answer. (default: what the context has room for)")
    var maxAnswerTokens: Int?

    @Option(help: "Numbers of keys and values: float32, or float16 for half the memory.")
    var kvCache = KeyValuePrecision.float16

    @Flag(help: "In /metrics, the names of llama.cpp's server besides the own ones.")
    var llamaMetrics = false

    @OptionGroup var adapter: AdapterOption

    @OptionGroup var threads: ThreadOptions

    func validate() throws {
      for (name, value, range) in [
        ("slots", slots, 1...256), ("max-queue", maxQueue, 1...100_000),
        ("request-timeout", requestTimeout, 1...86_400),
        ("context-limit", contextLimit ?? 1, 1...10_000_000),
        ("max-answer-tokens", maxAnswerTokens ?? 1, 1...10_000_000),
      ] where !range.contains(value) {
        throw ValidationError("--\(name) must be from \(range.lowerBound) to \(range.upperBound), got \(value)")
      }
    }

    func run() async throws {
      _ = try KernelPath.selection.get()
      var configuration = ServerConfiguration(modelName: modelName ?? Self.name(ofPath: path))
      try network.apply(to: &configuration)
      configuration.aliases = Set(alias)
      configuration.limits.answerTokens = maxAnswerTokens
      configuration.hasLlamaMetrics = llamaMetrics
      configuration.endsOnSignals = true
      // What is refused is refused before a large model is loaded.
      try configuration.requireSafe()
      let engine = try threads.withPool {
        Engine(try ServedModel(path: path, adapter: adapter.adapter), configuration: engineConfiguration)
      }
      let server = HTTPServer(engine, configuration: configuration) { StandardError.write("error: \($0)\n") }
      let reloading = configuration.keys.map(KeyReloading.init)
      defer { reloading?.stop() }
      try await server.run { address in
        // Whoever waits for the line reads it at once, through a pipe too.
        try? StandardOutput.write(Data("listening on \(address)\n".utf8))
      }
      StandardError.write("answers are done, the server ends\n")
    }

    private var engineConfiguration: EngineConfiguration {
      var configuration = EngineConfiguration()
      configuration.slots = slots
      configuration.contextLimit = contextLimit
      configuration.queueLimit = maxQueue
      configuration.requestTimeout = .seconds(requestTimeout)
      configuration.keyValues = kvCache
      return configuration
    }

    private static func name(ofPath path: String) -> String {
      let url = URL(fileURLWithPath: path).standardizedFileURL
      return url.pathExtension == "gguf" ? url.deletingPathExtension().lastPathComponent : url.lastPathComponent
    }
  }

  extension ServerConfigurationError: UsageError {}
  extension APIKeyFileError: UsageError {}
#endif
