#if Server
  import BitNetServer
  import Foundation
  import Serving

  /// What `bitnet serve --dry-run` tells: all that a server would be started with. The keys of its JSON are a promise: more may
  /// come, none goes. What is not limited is absent.
  struct ServeReport: Encodable {
    struct Memory: Encodable {
      /// nil: no limit was set.
      let limitBytes: Int?
      let modelBytes: Int
      let slotBytes: Int
      let sharedBytes: Int
      let totalBytes: Int
    }

    let model: String
    let profile: String?
    let threads: Int
    let slots: Int
    let concurrency: Int?
    let contextLimit: Int
    let queueLimit: Int
    let kvCache: String
    let requestTimeoutSeconds: Int
    let maxAnswerTokens: Int?
    let memory: Memory
    let address: String
    let hasKeys: Bool
    let asksClientsForCertificates: Bool
    let filtersContent: Bool
    let requestsPerMinute: Int?
    let tokensPerMinute: Int?

    init(
      _ configuration: ServerConfiguration, _ engine: EngineConfiguration, _ plan: MemoryPlan, threads: Int,
      profile: ServiceProfile?, limitBytes: Int?
    ) {
      model = configuration.modelName
      self.profile = profile?.rawValue
      self.threads = threads
      slots = plan.slots
      concurrency = engine.concurrencyLimit
      contextLimit = plan.contextLimit
      queueLimit = engine.queueLimit
      kvCache = engine.keyValues.rawValue
      requestTimeoutSeconds = Int(engine.requestTimeout.components.seconds)
      maxAnswerTokens = configuration.limits.answerTokens
      memory = Memory(
        limitBytes: limitBytes, modelBytes: plan.modelBytes, slotBytes: plan.slotBytes, sharedBytes: plan.sharedBytes,
        totalBytes: plan.totalBytes)
      address = configuration.url(port: configuration.port)
      hasKeys = configuration.keys != nil
      asksClientsForCertificates = configuration.tls?.clientAuthority != nil
      filtersContent = configuration.contentFilter != nil
      requestsPerMinute = configuration.requestsPerMinute
      tokensPerMinute = configuration.tokensPerMinute
    }

    /// For people.
    var table: String {
      let rows: [(String, String)] = [
        ("model", model), ("profile", profile ?? "none"), ("threads", "\(threads)"),
        ("sequences at a time", "\(slots), of \(contextLimit) tokens each, keys and values in \(kvCache)"),
        ("requests at a time", count(concurrency) + ", and \(queueLimit) may wait"),
        ("time of a request", "\(requestTimeoutSeconds) s"), ("tokens of an answer", count(maxAnswerTokens)),
        ("memory", memoryText), ("address", address),
        ("who may ask", asksClientsForCertificates ? "who has a certificate" : hasKeys ? "who has a key" : "anybody"),
        ("content filter", filtersContent ? "yes" : "no"), ("requests of a minute", count(requestsPerMinute)),
        ("tokens of a minute", count(tokensPerMinute)),
      ]
      return rows.map { name, value in name + String(repeating: " ", count: 22 - name.count) + value }
        .joined(separator: "\n")
    }

    private var memoryText: String {
      let total = "\(CountFormat.bytes(memory.totalBytes)) in all"
      let parts =
        "model \(CountFormat.bytes(memory.modelBytes)), a sequence \(CountFormat.bytes(memory.slotBytes)), all else "
        + CountFormat.bytes(memory.sharedBytes)
      return "\(total) (\(parts))" + (memory.limitBytes.map { ", limit \(CountFormat.bytes($0))" } ?? "")
    }

    private func count(_ limit: Int?) -> String { limit.map { "\($0)" } ?? "any number" }
  }
#endif
