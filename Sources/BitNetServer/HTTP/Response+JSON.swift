#if Server
  import FileFormats
  import HTTPTypes
  import Hummingbird

  extension Response {
    static func json(_ value: JSONValue, status: Int = 200, headers: HTTPFields = [:]) -> Response {
      text(value.compact, type: "application/json", status: status, headers: headers)
    }

    static func text(_ text: String, type: String, status: Int = 200, headers: HTTPFields = [:]) -> Response {
      var headers = headers
      headers[.contentType] = type
      headers[.xContentTypeOptions] = "nosniff"
      return Response(
        status: .init(code: status), headers: headers, body: ResponseBody(byteBuffer: ByteBuffer(string: text)))
    }

    static func error(_ error: APIError) -> Response {
      var headers: HTTPFields = [:]
      if let seconds = error.retryAfter { headers[.retryAfter] = "\(seconds)" }
      if error.status == 401 { headers[.wwwAuthenticate] = "Bearer" }
      // openai-python asks again for these by itself.
      if error.status >= 500 || error.status == 408, !error.isWorthRetrying { headers[.shouldRetry] = "false" }
      return json(error.json, status: error.status, headers: headers)
    }
  }

  extension HTTPField.Name {
    static let shouldRetry = HTTPField.Name("x-should-retry") ?? .retryAfter
    static let apiKey = HTTPField.Name("x-api-key") ?? .authorization
  }
#endif
