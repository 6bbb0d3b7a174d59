#if Server
  import NIOSSL

  extension ServerConfiguration {
    /// Finds out before a model is loaded what a server would not start with.
    /// - Throws: `ServerConfigurationError`.
    public func requireUsable() throws {
      try requireSafe()
      guard let tls else { return }
      let configuration = try TLSConfiguration(tls)
      // That a key belongs to its certificate is found out here.
      do { _ = try NIOSSLContext(configuration: configuration) } catch {
        throw ServerConfigurationError.certificate(file: tls.key, reason: "\(error)")
      }
    }
  }

  extension TLSConfiguration {
    /// TLS 1.2 and 1.3.
    /// - Throws: `ServerConfigurationError.certificate`.
    init(_ files: ServerConfiguration.TLSFiles) throws {
      let certificates = try Self.read(files.certificate) { try NIOSSLCertificate.fromPEMFile($0) }
      let key = try Self.read(files.key) { try NIOSSLPrivateKey(file: $0, format: .pem) }
      self = TLSConfiguration.makeServerConfiguration(
        certificateChain: certificates.map { .certificate($0) }, privateKey: .privateKey(key))
      if let file = files.clientAuthority {
        trustRoots = .certificates(try Self.read(file) { try NIOSSLCertificate.fromPEMFile($0) })
        // Clients have no host names; whoever has no certificate that these signed is not answered.
        certificateVerification = .noHostnameVerification
      }
      minimumTLSVersion = .tlsv12
      applicationProtocols = ["http/1.1"]
    }

    private static func read<Value>(_ file: String, _ body: (String) throws -> Value) throws -> Value {
      do { return try body(file) } catch {
        throw ServerConfigurationError.certificate(file: file, reason: "\(error)")
      }
    }
  }
#endif
