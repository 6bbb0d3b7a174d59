#if Server
  import NIOCore
  import Synchronization

  /// Tells when clients leave, also while nothing is sent to them. One that only closes its half of the connection counts as
  /// gone.
  final class Departures: Sendable {
    private struct Connection {
      var hasLeft = false
      var watcher: (@Sendable () -> Void)?
    }

    private let connections = Mutex<[ObjectIdentifier: Connection]>([:])

    /// Calls `left` once if the client leaves while `body` runs, or has left before.
    func watching<Value>(
      _ connection: ObjectIdentifier, left: @escaping @Sendable () -> Void, _ body: () async throws -> Value
    ) async rethrows -> Value {
      let hasLeft = connections.withLock { connections in
        connections[connection]?.watcher = left
        return connections[connection]?.hasLeft ?? true
      }
      if hasLeft { left() }
      defer { connections.withLock { $0[connection]?.watcher = nil } }
      return try await body()
    }

    fileprivate func joined(_ connection: ObjectIdentifier) { connections.withLock { $0[connection] = Connection() } }

    fileprivate func left(_ connection: ObjectIdentifier) {
      let watcher = connections.withLock { connections in
        connections[connection]?.hasLeft = true
        return connections[connection]?.watcher
      }
      watcher?()
    }

    fileprivate func closed(_ connection: ObjectIdentifier) {
      left(connection)
      connections.withLock { $0[connection] = nil }
    }
  }

  /// Listens to one connection.
  final class DepartureHandler: ChannelInboundHandler, RemovableChannelHandler {
    typealias InboundIn = Never

    private let departures: Departures

    init(_ departures: Departures) { self.departures = departures }

    func handlerAdded(context: ChannelHandlerContext) { departures.joined(ObjectIdentifier(context.channel)) }

    func userInboundEventTriggered(context: ChannelHandlerContext, event: Any) {
      if case .inputClosed? = event as? ChannelEvent { departures.left(ObjectIdentifier(context.channel)) }
      context.fireUserInboundEventTriggered(event)
    }

    func channelInactive(context: ChannelHandlerContext) {
      departures.closed(ObjectIdentifier(context.channel))
      context.fireChannelInactive()
    }
  }
#endif
