#if Server
  import Foundation
  import Hummingbird
  import HummingbirdCore
  import HummingbirdTLS
  import Logging
  import NIOCore
  import NIOSSL
  import ServiceLifecycle
  import Serving
  import Synchronization

  /// Answers requests in OpenAI's form over HTTP/1.1, with or without TLS.
  public final class HTTPServer: Sendable {
    private let service: Service
    private let log: @Sendable (String) -> Void
    private let group = Mutex<ServiceGroup?>(nil)

    /// - Parameter log: gets what the operator should know, a line at a time.
    public init(
      _ engine: Engine, configuration: ServerConfiguration, log: @escaping @Sendable (String) -> Void = { _ in }
    ) {
      service = Service(engine, configuration, created: Int(Date().timeIntervalSince1970))
      self.log = log
    }

    private var configuration: ServerConfiguration { service.configuration }

    /// Answers until ``shutDown()`` or, where the configuration says so, a signal; then lets answers come to their ends.
    /// - Parameter onListening: gets the address, such as http://127.0.0.1:8080.
    /// - Throws: `ServerConfigurationError`.
    public func run(onListening: @escaping @Sendable (String) async -> Void) async throws {
      try configuration.requireUsable()
      var logger = Logger(label: "bitnet") { _ in SwiftLogNoOpLogHandler() }
      logger.logLevel = .critical
      let departures = Departures()
      let application = Application(
        responder: ServerResponder(service: service, departures: departures, log: log),
        server: try channels(departures),
        configuration: ApplicationConfiguration(
          address: .hostname(configuration.host, port: configuration.port),
          availableConnectionsDelegate: MaximumAvailableConnections(configuration.connectionLimit)),
        onServerRunning: { [configuration] channel in
          await onListening(configuration.url(port: channel.localAddress?.port ?? configuration.port))
        },
        logger: logger)
      var groupConfiguration = ServiceGroupConfiguration(
        services: [application, Draining(engine: service.engine, limit: configuration.drainLimit)],
        gracefulShutdownSignals: configuration.endsOnSignals ? [.sigterm, .sigint] : [], logger: logger)
      // Whoever has not even sent his request by then is not waited for.
      groupConfiguration.maximumGracefulShutdownDuration = configuration.drainLimit + .seconds(2)
      let group = ServiceGroup(configuration: groupConfiguration)
      self.group.withLock { $0 = group }
      let monitor = service.monitor
      let sampling = Task {
        while !Task.isCancelled {
          monitor.sample()
          try await Task.sleep(for: .seconds(10))
        }
      }
      defer { sampling.cancel() }
      do {
        try await group.run()
      } catch let error as IOError {
        throw ServerConfigurationError.notBound(
          host: configuration.host, port: configuration.port, reason: String(cString: strerror(error.errnoCode)))
      } catch is CancellationError {
        // Connections that were left open were closed.
      }
    }

    /// Takes no more requests and lets those that are there come to their ends.
    public func shutDown() async {
      await group.withLock { $0 }?.triggerGracefulShutdown()
    }

    private func channels(_ departures: Departures) throws -> HTTPServerBuilder {
      let limit = configuration.arrivalLimit
      let plain = HTTPServerBuilder.http1(
        configuration: .init(
          additionalChannelHandlers: [
            ParseErrorHandler(), DepartureHandler(departures),
            UnreadAnswerHandler(limit: limit),
          ],
          idleTimeout: .seconds(configuration.arrivalLimit.components.seconds + 1),
          httpDecoderConfiguration: .init(
            maxHeaderFieldSize: 16 << 10, maxHeaderListSize: 32 << 10, maxHeaderFieldCount: 100)))
      guard let files = configuration.tls else { return plain }
      return try .tls(plain, tlsConfiguration: try TLSConfiguration(files))
    }
  }

  /// Lets the engine come to its end when the server is asked to.
  private struct Draining: ServiceLifecycle.Service {
    let engine: Engine
    let limit: Duration

    func run() async throws {
      try await gracefulShutdown()
      await engine.drain(within: limit)
    }
  }
#endif
