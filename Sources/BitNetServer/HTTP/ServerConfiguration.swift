import Foundation
import Serving

/// Where a server listens, whom it answers, and what it accepts.
public struct ServerConfiguration: Sendable {
  public var host = "127.0.0.1"
  /// 0: one that is free.
  public var port = 8080
  /// The name that answers tell.
  public var modelName: String
  /// Other names that requests may call the model.
  public var aliases: Set<String> = []
  /// Files in PEM format; nil: no TLS.
  public var tls: TLSFiles?
  /// nil: everybody who reaches the server may ask.
  public var keys: KeyRing?
  /// Whether other hosts may ask without a key.
  public var allowsAnonymous = false
  /// Of each key or address; nil: any number.
  public var requestsPerMinute: Int?
  /// The same of the tokens of prompts and answers.
  public var tokensPerMinute: Int?
  public var limits = RequestLimits()
  /// How long a request may take to arrive, and a client to read more of what it is sent.
  public var arrivalLimit = Duration.seconds(30)
  /// How long answers may go on when the server is asked to end.
  public var drainLimit = Duration.seconds(30)
  public var connectionLimit = 512
  /// Gets a line for each request; nil: nothing is written down.
  public var audit: AuditLog?
  /// Through which prompts and answers go; nil: all of them pass.
  public var contentFilter: (any ContentFilter)?
  /// Beyond them, the monitor gives alerts.
  public var alertLimits = ServiceAlert.Limits()
  /// llama.cpp's names in /metrics besides its own.
  public var hasLlamaMetrics = false
  /// Whether SIGTERM and SIGINT end the server.
  public var endsOnSignals = false

  public struct TLSFiles: Sendable {
    public let certificate: String
    public let key: String
    /// Certificates that sign those of clients; nil: clients need none.
    public let clientAuthority: String?

    public init(certificate: String, key: String, clientAuthority: String? = nil) {
      (self.certificate, self.key, self.clientAuthority) = (certificate, key, clientAuthority)
    }
  }

  public init(modelName: String) { self.modelName = modelName }

  /// Where the server is found.
  public func url(port: Int) -> String {
    "\(tls == nil ? "http" : "https")://\(host.contains(":") ? "[\(host)]" : host):\(port)"
  }

  var isLoopback: Bool { Self.isLoopback(host) }

  /// A name such as 127.example.org is anybody's.
  static func isLoopback(_ host: String) -> Bool {
    var address = in_addr()
    guard inet_pton(AF_INET, host, &address) == 1 else { return host.lowercased() == "localhost" || host == "::1" }
    return UInt32(bigEndian: address.s_addr) >> 24 == 127
  }

  /// - Throws: `ServerConfigurationError.anonymous`.
  public func requireSafe() throws {
    guard isLoopback || keys != nil || tls?.clientAuthority != nil || allowsAnonymous else {
      throw ServerConfigurationError.anonymous(host: host)
    }
  }
}

/// What a server refuses to start with.
public enum ServerConfigurationError: Error, Equatable, Sendable, CustomStringConvertible {
  case anonymous(host: String)
  case certificate(file: String, reason: String)
  case notBound(host: String, port: Int, reason: String)

  public var description: String {
    switch self {
    case .anonymous(let host):
      "--host \(host) can be reached by others, and nobody needs a key. Give a file of keys (--api-keys FILE), ask clients for "
        + "certificates (--tls-client-ca FILE), or say that anybody may ask (--allow-anonymous)."
    case .certificate(let file, let reason):
      "\(file): \(reason). Expected a certificate and its private key in PEM format."
    case .notBound(let host, let port, let reason):
      "\(host):\(port): \(reason). Choose another --host or --port (0: one that is free)."
    }
  }
}
