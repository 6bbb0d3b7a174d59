import FileFormats
import Foundation
import Kernels
import TestSupport
import Testing

/// `bitnet serve`.
@Suite struct ServeCommandTests {
  private static func json(_ arguments: String...) throws -> JSONValue {
    let result = try CommandLineTool.run(["serve", ServingProcess.model, "--dry-run", "--json"] + arguments)
    try #require(result.exitCode == 0, "\(arguments): \(result.errors)")
    return try JSONParser.parse(result.output)
  }

  private static func key(_ key: String, _ name: String) -> String { "\(SHA256.hexadecimal(of: key)) \(name)\n" }

  @Test func itListensAnswersReadsKeysAgainAndEndsWithItsAnswers() async throws {
    let directory = try TemporaryDirectory()
    let keys = directory.url.appending(path: "keys")
    try Data(Self.key("one", "alice").utf8).write(to: keys)
    let server = try await ServingProcess(["--api-keys", keys.path, "--audit-log", "audit"], in: directory.url)
    let body = #"{"model": "demo", "messages": [{"role": "user", "content": "upper: river"}], "temperature": 0}"#
    func ask(_ key: String) async throws -> String {
      try await server.ask("POST", "/v1/chat/completions", body, headers: ["Authorization: Bearer \(key)"])
    }
    #expect(try await ask("one").contains("RIVER"))
    #expect(try await ask("two").hasPrefix("HTTP/1.1 401"))
    #expect(try await server.ask("GET", "/health/ready").hasPrefix("HTTP/1.1 200"))

    try Data((Self.key("two", "bob")).utf8).write(to: keys)
    server.signal(SIGHUP)
    try await server.wait { server.told.contains("note: the keys were read again") ? true : nil }
    #expect(try await ask("one").hasPrefix("HTTP/1.1 401"))
    #expect(try await ask("two").hasPrefix("HTTP/1.1 200"))
    try Data("broken".utf8).write(to: keys)
    server.signal(SIGHUP)
    try await server.wait { server.told.contains("keys:1: ") ? true : nil }
    #expect(try await ask("two").hasPrefix("HTTP/1.1 200"))

    // An answer that is being written when the signal comes.
    let connection = try await server.connection()
    let long =
      #"{"model": "demo", "prompt": "a", "max_tokens": 200, "logit_bias": {"256": -100}, "stream": true, "seed": 1}"#
    try await connection.send(
      ServingProcess.request("POST", "/v1/completions", long, headers: ["X-Api-Key: two"]))
    let beginning = try await connection.read(until: "data: {")
    server.signal(SIGTERM)
    let answer = beginning + (try await connection.read())
    #expect(answer.contains("[DONE]"), "\(answer.suffix(300))")
    #expect(try await server.end() == 0)
    #expect(server.told.contains("answers are done"))
    let audit = try String(contentsOf: directory.url.appending(path: "audit"), encoding: .utf8)
    #expect(audit.contains(#""client":"key:alice""#) && audit.contains(#""status":401"#))
  }

  @Test func flagsThatAreWrongAreRefusedBeforeAnythingIsLoaded() throws {
    let directory = try TemporaryDirectory()
    let keys = directory.url.appending(path: "keys")
    try Data("nonsense".utf8).write(to: keys)
    for (arguments, text) in [
      (["--port", "65536"], "--port must be from 0 to 65535"), (["--port", "-1"], "--port"),
      (["--tls-certificate", "a.pem"], "belong together"), (["--tls-key", "a.pem"], "belong together"),
      (["--tls-client-ca", "a.pem"], "--tls-client-ca needs"),
      (["--tls-certificate", "/nowhere", "--tls-key", "/nowhere"], "/nowhere"),
      (["--host", "0.0.0.0"], "--allow-anonymous"), (["--api-keys", keys.path], "keys:1: "),
      (["--api-keys", "/nowhere"], "/nowhere"), (["--profile", "toaster"], "mobile"),
      (["--memory-limit", "much"], "memory-limit"), (["--memory-limit", "0"], "memory-limit"),
      (["--memory-limit", "100TB"], "this process may have"), (["--slots", "0"], "--slots must be from 1 to 256"),
      (["--concurrency", "0"], "--concurrency"), (["--tokens-per-minute", "0"], "--tokens-per-minute"),
      (["--memory-limit", "50MB"], "one sequence of"), (["--memory-limit", "200kB"], "at the very least"),
      (["--json"], "--dry-run"),
    ] {
      let result = try CommandLineTool.run(["serve", ServingProcess.model] + arguments)
      #expect(result.exitCode != 0 && result.errors.contains(text), "\(arguments): \(result.errors)")
      #expect(result.output.isEmpty)
    }
  }

  @Test func aDryRunTellsWhatWouldBeUsed() throws {
    let plain = try Self.json()
    #expect(plain["slots"] == 4 && plain["queue_limit"] == 64 && plain["concurrency"] == 10 && plain["profile"] == nil)
    #expect(plain["address"] == "http://127.0.0.1:8080" && plain["has_keys"] == false)
    #expect(plain["memory"]?["limit_bytes"] == nil && plain["request_timeout_seconds"] == 30)
    let mobile = try Self.json("--profile", "mobile")
    #expect(mobile["slots"] == 1 && mobile["profile"] == "mobile" && mobile["queue_limit"] == 4)
    let memory = try #require(mobile["memory"])
    let sizes = ["limit_bytes", "model_bytes", "slot_bytes", "shared_bytes", "total_bytes"].compactMap {
      memory[$0]?.integerValue
    }
    try #require(sizes.count == 5)
    #expect(sizes[0] <= 512 << 20 && sizes[1] + sizes[2] + sizes[3] == sizes[4] && sizes[4] <= sizes[0])
    #expect((mobile["threads"]?.integerValue ?? 9) <= min(2, ThreadPool.defaultThreadCount))
    // What is said itself wins.
    let changed = try Self.json(
      "--profile", "mobile", "--slots", "3", "--threads", "1", "--max-queue", "7", "--context-limit", "50",
      "--memory-limit", "400MB", "--tokens-per-minute", "5", "--concurrency", "2")
    #expect(changed["slots"] == 3 && changed["threads"] == 1 && changed["queue_limit"] == 7)
    #expect(changed["context_limit"] == 50 && changed["memory"]?["limit_bytes"] == 400_000_000)
    #expect(changed["tokens_per_minute"] == 5 && changed["concurrency"] == 2)
    let table = try CommandLineTool.run(["serve", ServingProcess.model, "--dry-run", "--profile", "edge"])
    #expect(table.exitCode == 0 && table.output.contains("sequences at a time   4, of "), "\(table.output)")
  }

  #if os(Linux)
    /// With all of its sequences at their limits.
    @Test func itTakesNoMoreMemoryThanWasPlanned() async throws {
      let directory = try TemporaryDirectory()
      let planned = try #require(try Self.json("--profile", "edge")["memory"]?["total_bytes"]?.integerValue)
      let server = try await ServingProcess(["--profile", "edge"], in: directory.url)
      try await withThrowingTaskGroup(of: Void.self) { group in
        for number in 0..<4 {
          let prompt = String(repeating: "\(number)abc ", count: 25)
          let request = ServingProcess.request(
            "POST", "/v1/completions",
            #"{"model": "demo", "prompt": "\#(prompt)", "max_tokens": 100, "logit_bias": {"256": -100}}"#)
          let port = server.port
          group.addTask {
            let connection = try await RawConnection(port: port)
            try await connection.send(request)
            #expect(try await connection.read().hasPrefix("HTTP/1.1 200"))
          }
        }
        try await group.waitForAll()
      }
      let status = try String(contentsOfFile: "/proc/\(server.process.processIdentifier)/status", encoding: .utf8)
      let line = try #require(status.split(separator: "\n").first { $0.hasPrefix("VmHWM:") })
      let taken = try #require(line.split(whereSeparator: \.isWhitespace).dropFirst().first.flatMap { Int($0) }) * 1024
      #expect(taken <= planned, "\(taken) bytes taken, \(planned) planned")
      print("bitnet serve --profile edge: \(planned) bytes planned, \(taken) taken")
    }
  #endif
}
