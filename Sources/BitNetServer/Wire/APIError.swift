import FileFormats

/// What a client is told instead of an answer: OpenAI's error object, whose four keys are always there.
package struct APIError: Error, Equatable, Sendable {
  package let status: Int
  package let type: String
  package let message: String
  /// The key of the request that is wrong.
  package let param: String?
  package let code: String?
  /// After how many seconds it may be different.
  package var retryAfter: Int?

  package init(
    status: Int, type: String, message: String, param: String? = nil, code: String? = nil, retryAfter: Int? = nil
  ) {
    (self.status, self.type, self.message) = (status, type, message)
    (self.param, self.code, self.retryAfter) = (param, code, retryAfter)
  }

  package var json: JSONValue {
    [
      "error": [
        "message": .string(message), "type": .string(type), "param": param.map(JSONValue.string) ?? .null,
        "code": code.map(JSONValue.string) ?? .null,
      ]
    ]
  }
}

extension APIError {
  static func invalid(_ message: String, param: String? = nil, code: String? = "invalid_value") -> APIError {
    APIError(status: 400, type: "invalid_request_error", message: message, param: param, code: code)
  }

  static func wrongType(_ key: String, _ value: JSONValue, expected: String) -> APIError {
    invalid("\(key) is \(value.kind), expected \(expected).", param: key, code: "invalid_type")
  }

  static func missing(_ key: String, expected: String) -> APIError {
    invalid("\(key) is missing, expected \(expected).", param: key, code: "missing_required_parameter")
  }

  static func unsupported(_ key: String, _ why: String) -> APIError {
    invalid("\(key) is not supported: \(why).", param: key, code: "unsupported_parameter")
  }

  static func notFound(path: String) -> APIError {
    APIError(
      status: 404, type: "not_found_error", message: "there is nothing at \(path.printable()). See GET /v1/models.",
      code: "unknown_url")
  }

  static func unknownModel(_ name: String, known: String) -> APIError {
    APIError(
      status: 404, type: "not_found_error",
      message: "there is no model \"\(name.printable())\" here; the model is \"\(known)\".", param: "model",
      code: "model_not_found")
  }

  static func methodNotAllowed(_ method: String, path: String, allowed: String) -> APIError {
    APIError(
      status: 405, type: "invalid_request_error",
      message: "\(method.printable(limit: 20)) is not possible for \(path.printable()), use \(allowed).",
      code: "method_not_allowed")
  }

  static func bodyTooLarge(limit: Int) -> APIError {
    APIError(
      status: 413, type: "invalid_request_error", message: "the request has more than \(limit) bytes.",
      code: "request_too_large")
  }

  static func wrongContentType(_ found: String?) -> APIError {
    APIError(
      status: 415, type: "invalid_request_error",
      message: "the Content-Type is \(found.map { "\"\($0.printable())\"" } ?? "missing"), expected application/json.",
      code: "unsupported_media_type")
  }

  static let bodyTimedOut = APIError(
    status: 408, type: "invalid_request_error", message: "the request did not arrive in time.", code: "request_timeout")
}
