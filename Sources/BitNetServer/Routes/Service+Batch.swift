import FileFormats
import Serving

extension Service {
  /// The most requests of a batch.
  private static let batchLimit = 1024

  /// POST /v1/batch: requests as the lines of OpenAI's batch files are, all of them answered at once. Each has its own answer or
  /// error, in the order of the requests and under their ids.
  func batch(_ body: JSONDocument, client: Client, _ exchange: Exchange) async throws -> JSONValue {
    let reader = try RequestReader(body.value, keys: .batch)
    guard try reader.array("requests", atMost: Self.batchLimit) != nil, let elements = body["requests"]?.elements else {
      throw APIError.missing("requests", expected: "an array of requests")
    }
    let items = try elements.enumerated().map { try BatchItem($1, number: $0) }
    var answers = [JSONValue](repeating: .null, count: items.count)
    // As many at a time as keep the slots busy: the queue stays open for others.
    try await withThrowingTaskGroup(of: (Int, JSONValue).self) { group in
      for (index, item) in items.enumerated() {
        if index >= 2 * engine.configuration.slots, let (done, answer) = try await group.next() {
          answers[done] = answer
        }
        group.addTask { (index, try await self.answer(to: item, client: client, exchange)) }
      }
      for try await (done, answer) in group { answers[done] = answer }
    }
    return ["object": "list", "data": .array(answers)]
  }

  private func answer(to item: BatchItem, client: Client, _ exchange: Exchange) async throws -> JSONValue {
    do {
      try limit(client.name, client.requestsPerMinute)
      let plan = try item.plan(setting(client: client.name), filtered)
      let answer = try await AnswerReader(plan, engine, client.terms, exchange).whole()
      return item.answer(status: 200, plan.form.whole(answer.choices, answer.usage))
    } catch {
      // Who asked for the batch has left.
      try Task.checkCancellation()
      let told = exchange.told(error)
      return item.answer(status: told.status, told.json)
    }
  }
}

/// A request of a batch.
private struct BatchItem: Sendable {
  let id: String
  private let url: String
  private let body: JSONDocument

  /// - Throws: `APIError` for what is not even a request.
  init(_ document: JSONDocument, number: Int) throws {
    let place = "requests[\(number)]"
    guard let members = document.value.objectValue else {
      throw APIError.wrongType(place, document.value, expected: "an object")
    }
    for key in members.keys.sorted() where !["custom_id", "method", "url", "body"].contains(key) {
      throw APIError.invalid("\(place) has the key \"\(key.printable())\", which is not known here.", param: place)
    }
    guard let body = document["body"] else { throw APIError.missing("\(place).body", expected: "a request") }
    func text(_ key: String, otherwise: String) throws -> String {
      guard let value = members[key], value != .null else { return otherwise }
      guard let text = value.stringValue else {
        throw APIError.wrongType("\(place).\(key)", value, expected: "a string")
      }
      return text
    }
    guard try text("method", otherwise: "POST") == "POST" else {
      throw APIError.invalid("\(place).method is not POST.", param: "\(place).method")
    }
    id = try text("custom_id", otherwise: "req_\(number)")
    url = try text("url", otherwise: Route.chatCompletions.rawValue)
    self.body = body
  }

  func plan(_ setting: RequestSetting, _ filtered: (JSONDocument) throws -> JSONDocument) throws -> AnswerPlan {
    let body = try filtered(body)
    let plan: AnswerPlan
    switch Route(rawValue: url) {
    case .chatCompletions: plan = try .chat(body, setting)
    case .completions: plan = try .completion(body, setting)
    default: throw APIError.notFound(path: url)
    }
    guard !plan.isStreamed else { throw APIError.unsupported("stream", "a batch is answered as a whole") }
    return plan
  }

  func answer(status: Int, _ body: JSONValue) -> JSONValue {
    [
      "custom_id": .string(id), "response": ["status_code": .integer(status), "body": body], "error": .null,
    ]
  }
}
