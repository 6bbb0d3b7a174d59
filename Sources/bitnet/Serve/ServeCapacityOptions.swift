#if Server
  import ArgumentParser
  import Architectures
  import Inference
  import Kernels
  import Serving

  /// What `bitnet serve` may use. What is said itself holds, then what the profile says, then the defaults.
  struct ServeCapacityOptions: ParsableArguments {
    @Option(
      help: ArgumentHelp(
        "The kind of machine, for threads, memory, sequences, queue and context: mobile (2 threads, 512 MiB), edge (4, 1 GiB), "
          + "server (8, 2 GiB) or cloud (16, 4 GiB); never more than there is."))
    var profile: ServiceProfile?

    @Option(
      help: ArgumentHelp(
        "What model, sequences and all else may take, \(ByteCount.help); sequences follow from it.", valueName: "size"))
    var memoryLimit: ByteCount?

    @Option(help: "Sequences that are computed at a time. (default: 4, or what the memory limit has room for)")
    var slots: Int?

    @Option(help: "Requests that are answered at a time; others wait. (default: 10, or --slots where that is more)")
    var concurrency: Int?

    @Option(help: "The most tokens of a prompt and its answer. (default: the model's own limit, or the profile's)")
    var contextLimit: Int?

    @Option(help: "Requests that may wait for their turn. (default: 64, or the profile's)")
    var maxQueue: Int?

    @Option(
      help: ArgumentHelp(
        "How long a request may take in all; what takes longer ends with an error.", valueName: "seconds"))
    var requestTimeout = 30

    @Option(help: "The most tokens of an answer. (default: what the context has room for)")
    var maxAnswerTokens: Int?

    @Option(help: "Numbers of keys and values: float32, or float16 for half the memory.")
    var kvCache = KeyValuePrecision.float16

    @OptionGroup var threads: ThreadOptions

    func validate() throws {
      try require("slots", slots, in: 1...256)
      try require("concurrency", concurrency, in: 1...100_000)
      try require("max-queue", maxQueue, in: 1...100_000)
      try require("request-timeout", requestTimeout, in: 1...86_400)
      try require("context-limit", contextLimit, in: 1...10_000_000)
      try require("max-answer-tokens", maxAnswerTokens, in: 1...10_000_000)
    }

    var threadCount: Int {
      threads.chosen ?? min(profile?.threads ?? .max, ThreadPool.defaultThreadCount)
    }

    func withPool<Result>(_ body: () throws -> Result) rethrows -> Result {
      try threads.withPool(otherwise: threadCount, body)
    }

    /// nil: nobody set one.
    /// - Throws: `MemoryPlanError.limitBeyondMachine`.
    func limitBytes() throws -> Int? {
      if let asked = memoryLimit?.bytes {
        guard asked <= MemoryLimit.bytes else {
          throw MemoryPlanError.limitBeyondMachine(limitBytes: asked, availableBytes: MemoryLimit.bytes)
        }
        return asked
      }
      return profile.map { min($0.memoryBytes, MemoryLimit.bytes) }
    }

    /// What the engine may use for a model, and what memory that takes.
    /// - Throws: `MemoryPlanError` where a limit was set and is too low.
    func plan(_ model: ServedModel, limitBytes: Int?) throws -> (EngineConfiguration, MemoryPlan) {
      var configuration = profile?.configuration ?? EngineConfiguration()
      if let contextLimit { configuration.contextLimit = contextLimit }
      if let maxQueue { configuration.queueLimit = maxQueue }
      if let slots { configuration.slots = slots }
      configuration.requestTimeout = .seconds(requestTimeout)
      configuration.keyValues = kvCache
      let plan =
        try limitBytes.map {
          try MemoryPlan(model.runtime, configuration, within: $0, isExact: slots != nil)
        } ?? MemoryPlan(model.runtime, configuration)
      configuration.slots = plan.slots
      configuration.concurrencyLimit = concurrency ?? max(10, plan.slots)
      return (configuration, plan)
    }
  }

  extension ServiceProfile: ExpressibleByArgument {}
  extension MemoryPlanError: UsageError {}
#endif
