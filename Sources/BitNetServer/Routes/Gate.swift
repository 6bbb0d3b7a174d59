#if Server
  import FileFormats
  import Foundation
  import HTTPTypes
  import Hummingbird
  import Serving

  /// Who may ask, and how often.
  struct Gate: Sendable {
    let service: Service

    /// - Throws: `APIError`.
    func admit(_ request: Request, to route: Route, from context: ConnectionContext) throws -> Client {
      try checkHost(request)
      let entry = route.isOpen ? nil : try entry(request, context)
      let name = entry.map { "key:\($0.name)" } ?? context.addressHash
      let requests = entry?.requestsPerMinute ?? service.configuration.requestsPerMinute
      // Of a batch, each of its requests counts.
      if route != .batch, route.method == "POST" || route.generates {
        try service.limit(name, requests)
      }
      let tokens = entry?.tokensPerMinute ?? service.configuration.tokensPerMinute
      return Client(
        name: name, requestsPerMinute: requests,
        terms: AnswerTerms(
          meter: tokens.map { TokenMeter(service.tokenLimiter, client: name, tokensPerMinute: $0) },
          filter: service.configuration.contentFilter))
    }

    /// A page of another site whose name was made to mean this computer asks with that name.
    private func checkHost(_ request: Request) throws {
      let configuration = service.configuration
      guard configuration.isLoopback, configuration.keys == nil, !configuration.allowsAnonymous else { return }
      let authority = request.head.authority ?? ""
      let host = authority.hasPrefix("[") ? authority.prefix { $0 != "]" } + "]" : authority.prefix { $0 != ":" }
      let name = host.hasPrefix("[") ? String(host.dropFirst().dropLast()) : String(host)
      guard name.isEmpty || ServerConfiguration.isLoopback(name) else {
        throw APIError(
          status: 403, type: "permission_error",
          message: "the request is for the host \"\(host.printable())\"; without keys, only this computer may ask.",
          code: "wrong_host")
      }
    }

    private func entry(_ request: Request, _ context: ConnectionContext) throws -> APIKeys.Entry? {
      guard let keys = service.configuration.keys else { return nil }
      let bearer = request.headers[.authorization].flatMap { value in
        value.lowercased().hasPrefix("bearer ") ? String(value.dropFirst(7)) : nil
      }
      guard let key = bearer ?? request.headers[.apiKey] else {
        throw APIError(
          status: 401, type: "authentication_error", message: "there is no key. Send \"Authorization: Bearer KEY\".",
          code: "missing_api_key")
      }
      if let entry = keys.entry(forKey: key.trimmingCharacters(in: .whitespaces)) { return entry }
      // Whoever tries keys is slowed down.
      try service.limit("wrong:\(context.addressHash)", 60)
      throw APIError(
        status: 401, type: "authentication_error", message: "the key is not known here.", code: "invalid_api_key")
    }
  }
#endif
