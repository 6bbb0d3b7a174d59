#if Server
  import BitNetServer
  import Foundation
  import Testing

  /// HTTPS, with the client `openssl s_client`.
  @Suite(.enabled(if: OpenSSL.isThere, "\(OpenSSL.note)"))
  struct TLSTests {
    private static let request = "GET /v1/models HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n"
    /// Else `openssl` itself would not speak old versions.
    private static let anyCipher = "ALL:@SECLEVEL=0"

    @Test func modernVersionsAreSpokenAndOldOnesRefused() async throws {
      let openSSL = try await OpenSSL()
      try await RunningServer.with(change: { $0.tls = openSSL.files }) { server in
        for version in ["-tls1_2", "-tls1_3"] {
          let answer = try await openSSL.ask(server.port, Self.request, version)
          #expect(answer.contains("HTTP/1.1 200 OK") && answer.contains(#""object":"list""#), "\(version): \(answer)")
          #expect(answer.contains("Verification: OK") || answer.contains("Verify return code: 0"), "\(answer)")
        }
        for version in ["-tls1", "-tls1_1"] {
          let answer = try await openSSL.ask(server.port, Self.request, version, "-cipher", Self.anyCipher)
          #expect(!answer.contains("HTTP/1.1") && answer.contains("alert"), "\(version): \(answer)")
        }
        // The same client with the same ciphers, but for the version.
        let control = try await openSSL.ask(server.port, Self.request, "-tls1_2", "-cipher", Self.anyCipher)
        #expect(control.contains("HTTP/1.1 200 OK"))
        // Who does not speak TLS at all gets no answer.
        #expect(try await server.ask("GET", "/health").status == 0)
      }
    }

    @Test func onlyClientsWithACertificateAreAnswered() async throws {
      let openSSL = try await OpenSSL()
      try await RunningServer.with(change: {
        $0.tls = .init(
          certificate: openSSL.files.certificate, key: openSSL.files.key, clientAuthority: openSSL.path("ca"))
      }) { server in
        let known = try await openSSL.ask(
          server.port, Self.request, "-cert", openSSL.path("client.pem"), "-key", openSSL.path("client.key"))
        #expect(known.contains("HTTP/1.1 200 OK"), "\(known)")
        let none = try await openSSL.ask(server.port, Self.request)
        #expect(!none.contains("HTTP/1.1"), "\(none)")
        let stranger = try await openSSL.ask(
          server.port, Self.request, "-cert", openSSL.path("stranger"), "-key", openSSL.path("stranger.key"))
        #expect(!stranger.contains("HTTP/1.1"), "\(stranger)")
      }
    }

    @Test func filesThatAreWrongAreToldByName() async throws {
      let openSSL = try await OpenSSL()
      let files = openSSL.files
      for (tls, name) in [
        (ServerConfiguration.TLSFiles(certificate: "/nowhere", key: files.key), "/nowhere"),
        (.init(certificate: files.certificate, key: files.certificate), "server.pem"),
        (.init(certificate: files.certificate, key: openSSL.path("client.key")), "client.key"),
        (.init(certificate: files.certificate, key: files.key, clientAuthority: files.key), "server.key"),
      ] {
        var configuration = ServerConfiguration(modelName: "small")
        configuration.tls = tls
        let error = #expect(throws: ServerConfigurationError.self) { try configuration.requireUsable() }
        #expect(error?.description.contains(name) == true, "\(String(describing: error))")
      }
    }
  }
#endif
