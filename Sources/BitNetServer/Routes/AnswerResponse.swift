#if Server
  import FileFormats
  import HTTPTypes
  import Hummingbird
  import Inference
  import Serving

  /// Answers requests that the model works for. A client that leaves, also while it waits, cancels what it asked for.
  struct AnswerResponse: Sendable {
    let plan: AnswerPlan
    let engine: Engine
    let terms: AnswerTerms
    let exchange: Exchange
    let departures: Departures
    let connection: ObjectIdentifier

    private static let headers: HTTPFields = [.cacheControl: "no-store"]

    func make() async throws -> Response { plan.isStreamed ? try streamed() : try await whole() }

    private func whole() async throws -> Response {
      let reader = try AnswerReader(plan, engine, terms, exchange)
      let answer = try await departures.watching(connection, left: reader.cancel) {
        try await reader.whole()
      }
      exchange.end(status: 200)
      return .json(plan.form.whole(answer.choices, answer.usage), headers: Self.headers)
    }

    private func streamed() throws -> Response {
      let reader = try AnswerReader(plan, engine, terms, exchange)
      var headers = Self.headers
      headers[.contentType] = "text/event-stream; charset=utf-8"
      return Response(
        status: .ok, headers: headers,
        body: ResponseBody { writer in
          do {
            try await departures.watching(connection, left: reader.cancel) { try await send(reader, to: &writer) }
            exchange.end(status: 200)
          } catch {
            // Whoever is still there learns why there is no more.
            try await writer.write(event: exchange.end(error).json.compact)
          }
          try await writer.finish(nil)
        })
    }

    private func send(_ reader: AnswerReader, to writer: inout any ResponseBodyWriter) async throws {
      let form = plan.form
      for choice in 0..<plan.requests.count * plan.choicesOfEach {
        if let opening = form.opening(choice: choice) { try await writer.write(event: opening.compact) }
      }
      let usage = try await reader.read { event in
        switch event {
        case .piece(let choice, let piece):
          try await writer.write(event: form.part(piece, choice: choice).compact)
        case .finished(let choice, let reason):
          try await writer.write(event: form.ending(choice: choice, reason).compact)
        }
      }
      if plan.includesUsage { try await writer.write(event: form.counts(usage).compact) }
      try await writer.write(event: "[DONE]")
    }
  }

  extension ResponseBodyWriter {
    /// A server-sent event of one line.
    /// - Throws: `ServingError.cancelled` where nobody is left to read it.
    fileprivate mutating func write(event: String) async throws {
      do { try await write(ByteBuffer(string: "data: \(event)\n\n")) } catch { throw ServingError.cancelled }
    }
  }
#endif
