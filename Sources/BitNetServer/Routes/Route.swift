import Foundation

/// The paths of all routes.
package enum RouteNames {
  package static let all = Route.allCases.map(\.rawValue)
}

/// What a server can be asked.
enum Route: String, CaseIterable {
  case page = "/"
  case health = "/health"
  case ready = "/health/ready"
  case healthByGeneration = "/health/generate"
  case metrics = "/metrics"
  case description = "/openapi.json"
  case models = "/v1/models"
  case model = "/v1/models/{id}"
  case chatCompletions = "/v1/chat/completions"
  case completions = "/v1/completions"
  case embeddings = "/v1/embeddings"
  case batch = "/v1/batch"
  case monitorSummary = "/v1/monitor/summary"
  case monitorAlerts = "/v1/monitor/alerts"
  case monitorExport = "/v1/monitor/export"
  case tokenize = "/tokenize"
  case detokenize = "/detokenize"

  var method: String {
    switch self {
    case .chatCompletions, .completions, .embeddings, .batch, .tokenize, .detokenize: "POST"
    default: "GET"
    }
  }

  /// Whether anybody may ask.
  var isOpen: Bool {
    switch self {
    case .page, .health, .ready, .description, .models, .model: true
    default: false
    }
  }

  /// Whether the model works for it.
  var generates: Bool {
    switch self {
    case .chatCompletions, .completions, .batch, .healthByGeneration: true
    default: false
    }
  }

  /// - Returns: the route, and what stands in the place of `{id}`; nil: there is none.
  static func find(_ path: String) -> (route: Route, id: String)? {
    let path = path.count > 1 && path.hasSuffix("/") ? String(path.dropLast()) : path
    let prefix = "/v1/models/"
    if path.hasPrefix(prefix) {
      let id = path.dropFirst(prefix.count)
      return (.model, id.removingPercentEncoding ?? String(id))
    }
    return Route(rawValue: path).map { ($0, "") }
  }
}
