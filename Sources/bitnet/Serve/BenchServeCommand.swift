#if Server
  import ArgumentParser
  import BitNetServer
  import FileFormats
  import Foundation
  import Inference
  import Kernels
  import Serving

  struct BenchServeCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
      commandName: "serve", abstract: "Time a server that answers several clients at a time.",
      discussion: """
        Starts a server on a free port of this computer, or asks one that runs (--url). Each client sends its requests one \
        after the other: completions of random tokens, streamed. Times are in milliseconds; the speed is that of all clients \
        together, prompts included; that of decoding leaves out the time until the first text of each answer.

          bitnet bench serve model.gguf --clients 1,4,8,16
          bitnet bench serve --url http://127.0.0.1:8080 --model-name NAME --clients 8
        """)

    @Argument(help: ArgumentHelp(ModelArgument.help, valueName: "model"))
    var path: String?

    @Option(help: ArgumentHelp("A server that runs, instead of a model.", valueName: "http://host:port"))
    var url: String?

    @Option(help: "What the requests to it call the model.")
    var modelName = "model"

    @Option(help: "How many clients at a time, one measurement for each number.", transform: Self.counts)
    var clients = [1, 4, 8, 16]

    @Option(help: "Requests of each client.")
    var requests = 2

    @Option(help: "Tokens of each prompt.")
    var prompt = 16

    @Option(help: "Tokens of each answer.")
    var tokens = 64

    @Option(help: "0: the likeliest tokens, and what repeats itself may be guessed.")
    var temperature = 0.0

    @Option(help: "Numbers of keys and values: float32, or float16 for half the memory.")
    var kvCache = KeyValuePrecision.float16

    @OptionGroup var threads: ThreadOptions

    @Flag(help: "Print one JSON object for each number of clients.")
    var json = false

    private static func counts(_ text: String) throws -> [Int] {
      try text.split(separator: ",", omittingEmptySubsequences: false).map { part in
        guard let count = Int(part), (1...256).contains(count) else {
          throw ValidationError(
            "--clients is \"\(text.printable())\", expected numbers from 1 to 256 with commas between them")
        }
        return count
      }
    }

    func validate() throws {
      guard (path == nil) != (url == nil) else { throw ValidationError("give either a model or --url") }
      if let url { _ = try Self.address(url) }
      try require("requests", requests, in: 1...100_000)
      try require("prompt", prompt, in: 1...100_000)
      try require("tokens", tokens, in: 1...100_000)
      guard (0...2).contains(temperature) else {
        throw ValidationError("--temperature must be from 0 to 2, got \(temperature)")
      }
    }

    private static func address(_ text: String) throws -> (host: String, port: Int) {
      guard let url = URL(string: text), url.scheme == "http", let host = url.host(), !host.isEmpty else {
        throw ValidationError("--url is \"\(text.printable())\", expected http://host:port")
      }
      return (host, url.port ?? 80)
    }

    func run() async throws {
      if let url {
        let (host, port) = try Self.address(url)
        return try await measure(plan(host, port, modelName))
      }
      guard let path else { return }
      _ = try KernelPath.selection.get()
      var engineConfiguration = EngineConfiguration()
      engineConfiguration.slots = clients.max() ?? 1
      engineConfiguration.queueLimit = engineConfiguration.slots
      engineConfiguration.contextLimit = prompt + tokens + 1
      engineConfiguration.keyValues = kvCache
      let engine = try threads.withPool { Engine(try ServedModel(path: path), configuration: engineConfiguration) }
      try await withServer(engine) { port in
        var plan = plan("127.0.0.1", port, modelName)
        plan.vocabularySize = min(plan.vocabularySize, engine.model.runtime.vocabularySize)
        try await measure(plan)
      }
    }

    private func plan(_ host: String, _ port: Int, _ name: String) -> LoadPlan {
      var plan = LoadPlan(host: host, port: port, modelName: name)
      (plan.promptTokens, plan.newTokens, plan.requestsOfEach) = (prompt, tokens, requests)
      plan.temperature = temperature
      return plan
    }

    /// Runs `body` while a server listens.
    private func withServer(_ engine: Engine, _ body: @escaping @Sendable (Int) async throws -> Void) async throws {
      var configuration = ServerConfiguration(modelName: modelName)
      configuration.port = 0
      let server = HTTPServer(engine, configuration: configuration) { StandardError.write("error: \($0)\n") }
      let (ports, continuation) = AsyncStream<Int>.makeStream()
      try await withThrowingTaskGroup { group in
        group.addTask {
          defer { continuation.finish() }
          try await server.run { address in
            continuation.yield(address.split(separator: ":").last.flatMap { Int($0) } ?? 0)
          }
        }
        for await port in ports {
          do { try await body(port) } catch {
            await server.shutDown()
            throw error
          }
          await server.shutDown()
        }
        try await group.waitForAll()
      }
    }

    private func measure(_ plan: LoadPlan) async throws {
      if !json { StandardOutput.tell(Self.heading) }
      for count in clients {
        let report = try await LoadReport.measure(plan, clients: count)
        if json { try JSONOutput.write(report) } else { StandardOutput.tell(Self.row(report)) }
      }
    }

    private static let heading =
      "clients  tokens  tokens/s  decoding   first token p50    p95    p99   between p50    p95    p99"

    private static func row(_ report: LoadReport) -> String {
      func columns(_ spread: LoadReport.Spread) -> String {
        String(format: "%7.1f%7.1f%7.1f", spread.p50, spread.p95, spread.p99)
      }
      return String(
        format: "%7d%8d%10.1f%10.1f        ", report.clients, report.tokens, report.tokensPerSecond,
        report.decodingTokensPerSecond)
        + columns(report.firstTokenMilliseconds) + "       " + columns(report.betweenTokensMilliseconds)
    }
  }
#endif
