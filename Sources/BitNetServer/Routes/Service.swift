import FileFormats
import Inference
import Serving

/// Who asks.
struct Client: Sendable {
  /// By which his requests are counted.
  let name: String
  /// nil: any number.
  let requestsPerMinute: Int?
  let terms: AnswerTerms
}

/// On which terms somebody is answered.
struct AnswerTerms: Sendable {
  /// nil: any number of tokens.
  let meter: TokenMeter?
  /// nil: every answer passes.
  let filter: (any ContentFilter)?
}

/// What all routes work with.
struct Service: Sendable {
  let engine: Engine
  let configuration: ServerConfiguration
  let counters = ServiceCounters()
  let monitor = ServiceMonitor()
  let limiter = RateLimiter()
  let tokenLimiter = RateLimiter()

  /// Whether this is the place to send requests to.
  func ready() throws -> JSONValue {
    guard !engine.isClosing else { throw ServingError.shuttingDown }
    return ["status": "ok"]
  }

  func setting(client: String) -> RequestSetting {
    RequestSetting(
      model: engine.model, modelName: configuration.modelName, aliases: configuration.aliases,
      contextLimit: engine.contextLimit, limits: configuration.limits, client: client)
  }

  /// What every list of models says of the one that is here.
  private var model: JSONValue {
    [
      "id": .string(configuration.modelName), "object": "model", "created": .integer(created), "owned_by": "bitnet",
      "context_length": .integer(engine.contextLimit),
    ]
  }

  private let created: Int

  init(_ engine: Engine, _ configuration: ServerConfiguration, created: Int) {
    (self.engine, self.configuration, self.created) = (engine, configuration, created)
  }

  var models: JSONValue { ["object": "list", "data": [model]] }

  func model(_ id: String) throws -> JSONValue {
    try setting(client: "").check(model: id)
    return model
  }

  /// The description of the interface with the names that this server's model has.
  func described(_ document: [UInt8]) -> String {
    let names = [configuration.modelName] + configuration.aliases.sorted()
    return String(decoding: document, as: UTF8.self).replacing(
      #"["{names}"]"#, with: JSONValue.array(names.map(JSONValue.string)).compact)
  }

  /// Counts a request.
  /// - Throws: `APIError` where it is one too many.
  func limit(_ client: String, _ limit: Int?) throws {
    guard let limit, let seconds = limiter.refusal(of: client, perMinute: limit) else { return }
    throw APIError(
      status: 429, type: "rate_limit_error",
      message: "more than \(limit) requests in a minute. Try again in \(seconds) s.", code: "rate_limit_exceeded",
      retryAfter: seconds)
  }

  func tokenize(_ body: JSONValue) throws -> JSONValue {
    let reader = try RequestReader(body, keys: .tokenize)
    guard let text = try reader.string("content") else { throw APIError.missing("content", expected: "a text") }
    let tokenizer = engine.model.tokenizer
    let tokens =
      try reader.boolean("add_special") ?? false
      ? engine.model.runtime.startTokens(of: Array(text.utf8), tokenizer) : tokenizer.encode(text)
    return ["tokens": .array(tokens.map { .integer(Int($0)) })]
  }

  func detokenize(_ body: JSONValue) throws -> JSONValue {
    let reader = try RequestReader(body, keys: .detokenize)
    guard let elements = try reader.array("tokens", atMost: configuration.limits.promptBytes) else {
      throw APIError.missing("tokens", expected: "an array of token ids")
    }
    let size = engine.model.tokenizer.vocabularySize
    let tokens = try elements.map { element in
      guard let token = element.integerValue, (0..<size).contains(token) else {
        throw APIError.wrongType("tokens", element, expected: "token ids from 0 to \(size - 1)")
      }
      return Int32(token)
    }
    return ["content": .string(String(decoding: try engine.model.tokenizer.decode(tokens), as: UTF8.self))]
  }

  /// A few tokens through the queue, as everybody's.
  func generateForHealth(client: String) async throws -> JSONValue {
    let options = GenerationOptions(maximumNewTokens: 10)
    let prompt = engine.model.runtime.startTokens(of: Array("Hello".utf8), engine.model.tokenizer)
    let start = ContinuousClock.now
    // With a seed, the answer would be one that is kept.
    var request = GenerationRequest(prompt: prompt, options: options, client: client)
    request.options.sampling = try SamplingOptions(temperature: 1, seed: .random(in: 0...1 << 62))
    var usage = Usage.none
    for try await event in try engine.submit(request).events {
      if case .completed(let counted) = event { usage = counted }
    }
    let time = (ContinuousClock.now - start) / .seconds(1)
    return [
      "status": "ok", "tokens": .integer(usage.completionTokens), "response_time_ms": .number(time * 1000),
    ]
  }
}
