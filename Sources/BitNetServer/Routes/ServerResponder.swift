#if Server
  import FileFormats
  import HTTPTypes
  import Hummingbird
  import Serving

  /// Finds out what is asked, and answers it or says in OpenAI's form why not.
  struct ServerResponder: HTTPResponder {
    let service: Service
    let departures: Departures
    /// Told what the client is not: errors that are the server's own.
    let log: @Sendable (String) -> Void

    func respond(to request: Request, context: ConnectionContext) async throws -> Response {
      let found = Route.find(request.uri.path)
      let exchange = Exchange(
        RequestRecord(route: found?.route.rawValue ?? "other", client: context.addressHash), report: remember,
        log: log)
      do {
        guard let (route, id) = found else { throw APIError.notFound(path: request.uri.path) }
        try check(request.method, route)
        let client = try Gate(service: service).admit(request, to: route, from: context)
        exchange.belongs(to: client.name)
        let response = try await response(to: request, route, id: id, client: client, exchange, context.connection)
        if ![.chatCompletions, .completions].contains(route) { exchange.end(status: response.status.code) }
        return response
      } catch {
        return .error(exchange.end(error))
      }
    }

    private func remember(_ record: RequestRecord) {
      service.counters.add(record)
      service.monitor.add(record)
      do { try service.configuration.audit?.write(record) } catch { log("\(error)") }
    }

    private func check(_ method: HTTPRequest.Method, _ route: Route) throws {
      guard method.rawValue == route.method else {
        throw APIError.methodNotAllowed(method.rawValue, path: route.rawValue, allowed: route.method)
      }
    }

    private func response(
      to request: Request, _ route: Route, id: String, client: Client, _ exchange: Exchange,
      _ connection: ObjectIdentifier
    ) async throws -> Response {
      switch route {
      case .page: return page
      case .health: return .json(["status": "ok"])
      case .ready: return .json(try service.ready())
      case .healthByGeneration: return .json(try await service.generateForHealth(client: client.name))
      case .metrics:
        let hasLlamaNames = service.configuration.hasLlamaMetrics
        return .text(
          service.counters.prometheusText(service.engine.load, hasLlamaNames: hasLlamaNames),
          type: "text/plain; version=0.0.4; charset=utf-8")
      case .description:
        return .text(service.described(PackageResources.openapi_json), type: "application/json")
      case .models: return .json(service.models)
      case .model: return .json(try service.model(id))
      case .tokenize: return .json(try service.tokenize(try await json(request).value))
      case .detokenize: return .json(try service.detokenize(try await json(request).value))
      case .batch:
        let body = try await json(request)
        let answers = Task { try await service.batch(body, client: client, exchange) }
        return .json(
          try await departures.watching(connection, left: answers.cancel) { try await answers.value })
      case .monitorSummary: return .json(try service.summary(query(request)))
      case .monitorAlerts: return .json(service.alerts())
      case .monitorExport: return .json(try service.export(query(request)))
      case .embeddings:
        throw APIError(
          status: 501, type: "invalid_request_error", message: "models here generate text, they do not embed it.",
          code: "not_implemented")
      case .chatCompletions:
        let plan = try AnswerPlan.chat(
          try service.filtered(try await json(request)), service.setting(client: client.name))
        return try await answer(plan, client, exchange, connection)
      case .completions:
        let plan = try AnswerPlan.completion(
          try service.filtered(try await json(request)), service.setting(client: client.name))
        return try await answer(plan, client, exchange, connection)
      }
    }

    private func answer(
      _ plan: AnswerPlan, _ client: Client, _ exchange: Exchange, _ connection: ObjectIdentifier
    ) async throws -> Response {
      try await AnswerResponse(
        plan: plan, engine: service.engine, terms: client.terms, exchange: exchange, departures: departures,
        connection: connection
      ).make()
    }

    private func query(_ request: Request) -> [String: String] {
      Dictionary(
        request.uri.queryParameters.map { (String($0.key), String($0.value)) }, uniquingKeysWith: { first, _ in first })
    }

    private func json(_ request: Request) async throws -> JSONDocument {
      try await request.json(limit: service.configuration.limits.bodyBytes, within: service.configuration.arrivalLimit)
    }

    private var page: Response {
      .text(
        String(decoding: PackageResources.chat_html, as: UTF8.self), type: "text/html; charset=utf-8",
        headers: [
          .contentSecurityPolicy:
            "default-src 'none'; script-src 'unsafe-inline'; style-src 'unsafe-inline'; connect-src 'self'; "
            + "frame-ancestors 'none'; base-uri 'none'; form-action 'none'"
        ])
    }
  }
#endif
