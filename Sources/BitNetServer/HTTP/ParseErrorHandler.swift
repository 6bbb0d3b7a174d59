#if Server
  import FileFormats
  import HTTPTypes
  import NIOCore
  import NIOHTTP1
  import NIOHTTPTypes

  /// Tells in OpenAI's form what is wrong with bytes that are no HTTP request, where Hummingbird sends a head alone; and nothing
  /// behind an answer that was given already.
  final class ParseErrorHandler: ChannelDuplexHandler, RemovableChannelHandler {
    typealias InboundIn = HTTPRequestPart
    typealias InboundOut = HTTPRequestPart
    typealias OutboundIn = HTTPResponsePart
    typealias OutboundOut = HTTPResponsePart

    private var error: HTTPParserError?
    /// Whether the request that is being read has its answer.
    private var isAnswered = false

    func channelRead(context: ChannelHandlerContext, data: NIOAny) {
      if case .head = unwrapInboundIn(data) { isAnswered = false }
      context.fireChannelRead(data)
    }

    func errorCaught(context: ChannelHandlerContext, error: any Error) {
      self.error = error as? HTTPParserError ?? self.error
      context.fireErrorCaught(error)
    }

    func write(context: ChannelHandlerContext, data: NIOAny, promise: EventLoopPromise<Void>?) {
      if error != nil, isAnswered {
        promise?.succeed()
        return
      }
      let part = unwrapOutboundIn(data)
      if case .end = part { isAnswered = true }
      guard let error, case .head(let head) = part, head.status == .badRequest, head.headerFields[.contentType] == nil
      else { return context.write(data, promise: promise) }
      let told = APIError(error)
      let body = ByteBuffer(string: told.json.compact)
      let fields: HTTPFields = [
        .connection: "close", .contentType: "application/json", .contentLength: "\(body.readableBytes)",
      ]
      context.write(
        wrapOutboundOut(.head(HTTPResponse(status: .init(code: told.status), headerFields: fields))), promise: nil)
      context.write(wrapOutboundOut(.body(body)), promise: promise)
    }
  }

  extension APIError {
    fileprivate init(_ error: HTTPParserError) {
      switch error {
      case .headerOverflow:
        self.init(
          status: 431, type: "invalid_request_error", message: "the headers of the request are too long or too many.",
          code: "headers_too_large")
      default:
        self = .invalid("what was sent is no request of HTTP/1.1: \(error).", code: "invalid_http")
      }
    }
  }
#endif
