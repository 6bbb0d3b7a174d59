import Kernels

/// Counts what a service does, in the text format that Prometheus reads.
public final class ServiceCounters: Sendable {
  private struct State {
    var requests: [Labels: Int] = [:]
    var promptTokens = 0
    var cachedTokens = 0
    var completionTokens = 0
    var firstToken = Histogram(bounds: [0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 30, 60])
    var whole = Histogram(bounds: [0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 30, 60, 120, 300])
  }

  private struct Labels: Hashable {
    let route: String
    let status: Int
  }

  private let state = SystemMutex(State())

  public init() {}

  public func add(_ record: RequestRecord) {
    state.withLock { state in
      state.requests[Labels(route: record.route, status: record.status), default: 0] += 1
      state.promptTokens += record.promptTokens
      state.cachedTokens += record.cachedTokens
      state.completionTokens += record.completionTokens
      if let seconds = record.secondsToFirstToken {
        state.firstToken.add(seconds)
        state.whole.add(record.seconds)
      }
    }
  }

  /// - Parameter hasLlamaNames: the names of llama.cpp's server besides, for dashboards that know them.
  public func prometheusText(_ load: EngineLoad, hasLlamaNames: Bool = false) -> String {
    let state = state.withLock { $0 }
    var text = PrometheusText()
    text.add("bitnet:requests_total", "counter", "Requests that were answered.", Self.samples(state.requests))
    text.add("bitnet:prompt_tokens_total", "counter", "Tokens of prompts.", state.promptTokens)
    text.add("bitnet:prompt_tokens_cached_total", "counter", "Those that were not computed again.", state.cachedTokens)
    text.add("bitnet:generation_tokens_total", "counter", "Tokens of answers.", state.completionTokens)
    text.add("bitnet:requests_running", "gauge", "Requests that are being computed.", load.running)
    text.add("bitnet:requests_waiting", "gauge", "Requests that wait for their turn.", load.waiting)
    text.add("bitnet:answers_kept", "gauge", "Answers to deterministic requests that are kept.", load.keptAnswers)
    text.add("bitnet:time_to_first_token_seconds", "Until the first token of an answer.", state.firstToken)
    text.add("bitnet:request_seconds", "Until the end of an answer.", state.whole)
    if hasLlamaNames {
      text.add("llamacpp:prompt_tokens_total", "counter", "Tokens of prompts.", state.promptTokens - state.cachedTokens)
      text.add("llamacpp:tokens_predicted_total", "counter", "Tokens of answers.", state.completionTokens)
      text.add("llamacpp:requests_processing", "gauge", "Requests that are being computed.", load.running)
      text.add("llamacpp:requests_deferred", "gauge", "Requests that wait for their turn.", load.waiting)
    }
    return text.text
  }

  private static func samples(_ requests: [Labels: Int]) -> [(labels: String, value: String)] {
    requests.sorted { ($0.key.route, $0.key.status) < ($1.key.route, $1.key.status) }
      .map { ("{route=\"\($0.key.route)\",status=\"\($0.key.status)\"}", "\($0.value)") }
  }
}

/// How often a number was at most each of some bounds.
struct Histogram: Sendable {
  let bounds: [Double]
  private(set) var counts: [Int]
  private(set) var count = 0
  private(set) var sum = 0.0

  init(bounds: [Double]) {
    self.bounds = bounds
    counts = [Int](repeating: 0, count: bounds.count)
  }

  mutating func add(_ value: Double) {
    count += 1
    sum += value
    for (index, bound) in bounds.enumerated() where value <= bound { counts[index] += 1 }
  }
}

private struct PrometheusText {
  private(set) var text = ""

  mutating func add(_ name: String, _ kind: String, _ help: String, _ samples: [(labels: String, value: String)]) {
    text += "# HELP \(name) \(help)\n# TYPE \(name) \(kind)\n"
    for sample in samples { text += "\(name)\(sample.labels) \(sample.value)\n" }
  }

  mutating func add(_ name: String, _ kind: String, _ help: String, _ value: Int) {
    add(name, kind, help, [("", "\(value)")])
  }

  mutating func add(_ name: String, _ help: String, _ histogram: Histogram) {
    let buckets = zip(histogram.bounds, histogram.counts).map { ("_bucket{le=\"\($0)\"}", "\($1)") }
    let ends = [
      ("_bucket{le=\"+Inf\"}", "\(histogram.count)"), ("_sum", "\(histogram.sum)"), ("_count", "\(histogram.count)"),
    ]
    add(name, "histogram", help, buckets + ends)
  }
}
