#if Server
  import ArgumentParser
  import BitNetServer
  import Serving

  /// Where `bitnet serve` listens, and whom it answers.
  struct ServeNetworkOptions: ParsableArguments {
    @Option(help: "The address to listen at.")
    var host = "127.0.0.1"

    @Option(help: "The port to listen at; 0: one that is free.")
    var port = 8080

    @Option(help: ArgumentHelp("Who may ask: a hash of a key and a name on each line.", valueName: "file"))
    var apiKeys: String?

    @Flag(help: "Let anybody ask who reaches the server, also from other computers.")
    var allowAnonymous = false

    @Option(help: ArgumentHelp("Requests of a minute for each key or address. (default: any number)", valueName: "n"))
    var requestsPerMinute: Int?

    @Option(
      help: ArgumentHelp(
        "Tokens of a minute, prompts and answers, for each key or address. (default: any number)", valueName: "n"))
    var tokensPerMinute: Int?

    @Option(
      help: ArgumentHelp(
        "Gets a line of JSON for each request: hashes, names and numbers, no words.", valueName: "file"))
    var auditLog: String?

    @Option(help: ArgumentHelp("A certificate for HTTPS, in PEM format.", valueName: "file"))
    var tlsCertificate: String?

    @Option(help: ArgumentHelp("Its private key.", valueName: "file"))
    var tlsKey: String?

    @Option(
      name: .customLong("tls-client-ca"),
      help: ArgumentHelp(
        "Only clients with a certificate that one of these signed are answered; in PEM format.", valueName: "file"))
    var tlsClientAuthority: String?

    @Option(
      help: ArgumentHelp(
        "Patterns that prompts and answers may not have, `refuse PATTERN` or `replace PATTERN` on each line. Weak: words "
          + "written otherwise pass.", valueName: "file"))
    var contentFilter: String?

    func validate() throws {
      try require("port", port, in: 0...65_535)
      guard (tlsCertificate == nil) == (tlsKey == nil) else {
        throw ValidationError("--tls-certificate and --tls-key belong together")
      }
      guard tlsClientAuthority == nil || tlsCertificate != nil else {
        throw ValidationError("--tls-client-ca needs --tls-certificate and --tls-key")
      }
      try require("tokens-per-minute", tokensPerMinute, in: 1...1_000_000_000)
      try require("requests-per-minute", requestsPerMinute, in: 1...1_000_000)
    }

    /// - Throws: what is wrong with the files of keys and patterns.
    func apply(to configuration: inout ServerConfiguration) throws {
      configuration.host = host
      configuration.port = port
      configuration.allowsAnonymous = allowAnonymous
      configuration.requestsPerMinute = requestsPerMinute
      configuration.tokensPerMinute = tokensPerMinute
      configuration.keys = try apiKeys.map(KeyRing.init(file:))
      configuration.contentFilter = try contentFilter.map(PatternFilter.init(file:))
      configuration.audit = try auditLog.map { try AuditLog(path: $0) }
      if let tlsCertificate, let tlsKey {
        configuration.tls = .init(certificate: tlsCertificate, key: tlsKey, clientAuthority: tlsClientAuthority)
      }
    }
  }
#endif
