#if Server
  import BitNetServer
  import Foundation
  import TestSupport

  /// The command `openssl`: certificates to test with, and a client that speaks the version of TLS it is told to.
  final class OpenSSL: Sendable {
    static let isThere = ["/usr/bin/openssl", "/usr/local/bin/openssl", "/opt/homebrew/bin/openssl"]
      .contains { FileManager.default.isExecutableFile(atPath: $0) }
    static let note: String = "needs the command openssl"

    private let directory: TemporaryDirectory

    /// An authority, a server's certificate and a client's that it signed, and one of somebody else.
    init() async throws {
      directory = try TemporaryDirectory()
      try await request("ca", "-x509", "-subj", "/CN=authority", "-addext", "basicConstraints=critical,CA:TRUE")
      try await request("stranger", "-x509", "-subj", "/CN=stranger")
      for name in ["server", "client"] {
        try await request(name, "-subj", "/CN=localhost")
        try await run(
          "x509", "-req", "-in", path(name), "-CA", path("ca"), "-CAkey", path("ca.key"), "-CAcreateserial", "-out",
          path("\(name).pem"), "-days", "2")
      }
    }

    func path(_ name: String) -> String { directory.url.appendingPathComponent(name).path }

    var files: ServerConfiguration.TLSFiles {
      .init(certificate: path("server.pem"), key: path("server.key"))
    }

    private func request(_ name: String, _ arguments: String...) async throws {
      try await run(
        ["req", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:prime256v1", "-nodes", "-keyout", path("\(name).key")]
          + ["-out", path(name), "-days", "2"] + arguments)
    }

    @discardableResult
    private func run(_ arguments: String...) async throws -> String { try await run(arguments) }

    /// - Parameter input: what it reads; the end of it comes when the answer has come.
    /// - Returns: what it says, on both ways.
    @discardableResult
    private func run(_ arguments: [String], input: String? = nil) async throws -> String {
      try await withCheckedThrowingContinuation { continuation in
        let thread = Thread {
          continuation.resume(with: Result { try Self.wait(arguments, input) })
        }
        thread.start()
      }
    }

    private static func wait(_ arguments: [String], _ input: String?) throws -> String {
      let process = Process()
      process.executableURL = URL(fileURLWithPath: "/usr/bin/env")
      process.arguments = ["openssl"] + arguments
      let (output, typed) = (Pipe(), Pipe())
      (process.standardOutput, process.standardError, process.standardInput) = (output, output, typed)
      try process.run()
      if let input { try? typed.fileHandleForWriting.write(contentsOf: Data(input.utf8)) }
      if input == nil { try? typed.fileHandleForWriting.close() }
      let text = String(decoding: output.fileHandleForReading.readDataToEndOfFile(), as: UTF8.self)
      try? typed.fileHandleForWriting.close()
      process.waitUntilExit()
      return text
    }

    /// Asks a server, and says what `openssl s_client` makes of it and the answer.
    func ask(_ port: Int, _ request: String, _ arguments: String...) async throws -> String {
      try await run(
        ["s_client", "-connect", "127.0.0.1:\(port)", "-CAfile", path("ca"), "-verify_return_error", "-ign_eof"]
          + arguments, input: request)
    }
  }
#endif
