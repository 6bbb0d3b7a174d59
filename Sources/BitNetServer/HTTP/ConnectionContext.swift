#if Server
  import FileFormats
  import Hummingbird
  import NIOCore

  /// Whom a request comes from.
  struct ConnectionContext: RequestContext {
    var coreContext: CoreRequestContextStorage
    /// Of the client's address, which itself is told nobody.
    let addressHash: String
    let connection: ObjectIdentifier

    init(source: ApplicationRequestContextSource) {
      coreContext = .init(source: source)
      connection = ObjectIdentifier(source.channel)
      let address = source.channel.remoteAddress?.ipAddress ?? "local"
      addressHash = String(SHA256.hexadecimal(of: "\(Self.salt) \(address)").prefix(16))
    }

    /// Else the few addresses that there are could all be tried.
    private static let salt = UInt64.random(in: 0 ... .max)
  }
#endif
