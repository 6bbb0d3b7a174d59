/// How a server answered some clients at a time.
public struct LoadReport: Encodable, Sendable {
  /// Of a set of times, in milliseconds.
  public struct Spread: Encodable, Sendable {
    public let p50: Double
    public let p95: Double
    public let p99: Double

    /// - Parameter times: in seconds; none: all are 0.
    init(_ times: [Double]) {
      let sorted = times.sorted()
      func quantile(_ share: Double) -> Double {
        guard !sorted.isEmpty else { return 0 }
        return 1000 * sorted[min(Int(share * Double(sorted.count)), sorted.count - 1)]
      }
      (p50, p95, p99) = (quantile(0.5), quantile(0.95), quantile(0.99))
    }
  }

  public let clients: Int
  public let requests: Int
  public let tokens: Int
  /// From the first request to the end of the last answer.
  public let seconds: Double
  /// Of all clients together, prompts included in the time.
  public let tokensPerSecond: Double
  /// Of all clients together, from the first text of each answer to its last: what `bench decode --sequences` measures without
  /// a server, but for the prompts of others that fall into that time.
  public let decodingTokensPerSecond: Double
  /// Until the first text of an answer.
  public let firstTokenMilliseconds: Spread
  /// From a text to the next one of the same answer.
  public let betweenTokensMilliseconds: Spread
}

#if Server
  extension LoadReport {
    /// Sends what the plan says from `clients` clients at a time.
    /// - Throws: `LoadError`, `NIOConnectionError`; the first of any client.
    public static func measure(_ plan: LoadPlan, clients: Int) async throws -> LoadReport {
      let samples = try await withThrowingTaskGroup(of: [LoadSample].self) { group in
        for number in 0..<clients {
          group.addTask { try await LoadClient(plan: plan, clients: clients, number: number).run() }
        }
        return try await group.reduce(into: []) { $0 += $1 }
      }
      return LoadReport(samples, clients: clients)
    }

    private init(_ samples: [LoadSample], clients: Int) {
      self.clients = clients
      requests = samples.count
      tokens = samples.reduce(0) { $0 + $1.tokens }
      let (start, end) = (samples.map(\.start).min(), samples.map(\.end).max())
      seconds = if let start, let end { (end - start) / .seconds(1) } else { 0 }
      tokensPerSecond = seconds > 0 ? Double(tokens) / seconds : 0
      let rates = samples.compactMap(\.decodingRate)
      decodingTokensPerSecond = rates.isEmpty ? 0 : Double(clients) * rates.reduce(0, +) / Double(rates.count)
      firstTokenMilliseconds = Spread(
        samples.compactMap { sample in
          sample.texts.first.map { ($0 - sample.start) / .seconds(1) }
        })
      betweenTokensMilliseconds = Spread(
        samples.flatMap { sample in
          zip(sample.texts, sample.texts.dropFirst()).map { ($1 - $0) / .seconds(1) }
        })
    }
  }

  extension LoadSample {
    /// Tokens of a second behind the first text; nil where there is one text alone.
    fileprivate var decodingRate: Double? {
      guard let first = texts.first, let last = texts.last, last > first else { return nil }
      return Double(tokens - 1) / ((last - first) / .seconds(1))
    }
  }
#endif
