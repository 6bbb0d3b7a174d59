import FileFormats
import Foundation
import TestSupport
import Testing

/// The files of `deploy` start the server with flags that it has, and ask it where it answers.
@Suite struct DeploymentFilesTests {
  private func text(_ name: String) throws -> String {
    try String(contentsOf: CommandLineTool.root.appending(path: "deploy/\(name)"), encoding: .utf8)
  }

  /// What follows `prefix` on the only line that has it.
  private func line(_ prefix: String, of name: String) throws -> String {
    let lines = try text(name).split(separator: "\n").map { $0.trimmingCharacters(in: .whitespaces) }
    let found = lines.filter { $0.hasPrefix(prefix) }
    try #require(found.count == 1, "\(name): \(found.count) lines with \(prefix)")
    return String(found[0].dropFirst(prefix.count)).trimmingCharacters(in: .whitespaces)
  }

  private func words(_ json: String) throws -> [String] {
    try #require(JSONParser.parse(json).arrayValue).compactMap(\.stringValue)
  }

  private func commandLines() throws -> [(file: String, words: [String])] {
    let unit = try line("ExecStart=", of: "bitnet.service").split(separator: " ").map(String.init)
    #expect(unit.first == "/usr/local/bin/bitnet")
    let entry = try words(line("ENTRYPOINT", of: "Dockerfile"))
    #expect(entry == ["bitnet"])
    let image = try text("Dockerfile").split(separator: "\n").last { $0.hasPrefix("CMD ") }
    return [
      ("Dockerfile", try words(String(try #require(image).dropFirst(4)))), ("bitnet.service", Array(unit.dropFirst())),
      ("kubernetes.yaml", try words(line("args:", of: "kubernetes.yaml"))),
    ]
  }

  @Test func everyFlagIsOneOfTheServers() throws {
    let directory = try TemporaryDirectory()
    let keys = directory.url.appending(path: "keys")
    try Data("\(SHA256.hexadecimal(of: "one")) alice 60 20000\n".utf8).write(to: keys)
    for (file, words) in try commandLines() {
      try #require(words.count > 2 && words[0] == "serve")
      var arguments = words
      arguments[1] = ServingProcess.model
      // Files that are there on the machine that is meant.
      for (flag, place) in [("--api-keys", keys), ("--audit-log", directory.url.appending(path: "audit"))] {
        if let index = arguments.firstIndex(of: flag) { arguments[index + 1] = place.path }
      }
      let result = try CommandLineTool.run(arguments + ["--dry-run", "--json"])
      try #require(result.exitCode == 0, "\(file): \(result.errors)")
      let report = try JSONParser.parse(result.output)
      #expect(report["has_keys"] == true && report["profile"] == "server", "\(file)")
      #expect(report["address"]?.stringValue?.hasSuffix(":8080") == true, "\(file)")
    }
  }

  @Test func portsAndPathsAgree() throws {
    #expect(try line("EXPOSE", of: "Dockerfile") == "8080")
    let manifest = try text("kubernetes.yaml")
    let port = try Regex(#"(?:containerPort|targetPort|path: \S+ port): (\d+)"#)
    let ports = manifest.matches(of: port).compactMap { $0.output[1].substring }
    #expect(ports.count == 5 && Set(ports) == ["8080"], "\(ports)")
    let probes = try manifest.matches(of: Regex(#"path: (/health\S*?),"#)).compactMap { $0.output[1].substring }
    #expect(probes == ["/health", "/health", "/health/ready"])
    #expect(try text("Dockerfile").contains("http://127.0.0.1:8080/health/ready"))
    // Model and keys are where the volumes are.
    for (name, path) in [("models", "/models/model.gguf"), ("keys", "/etc/bitnet/keys")] {
      let mounts = try manifest.matches(of: Regex("name: \(name), mountPath: (\\S+),")).compactMap {
        $0.output[1].substring
      }
      #expect(
        mounts.count == 1 && path.hasPrefix(mounts.first.map(String.init) ?? "?") && manifest.contains("\"\(path)\""))
    }
  }

  @Test func theProbedPathsAreAnswered() async throws {
    let directory = try TemporaryDirectory()
    let filter = CommandLineTool.root.appending(path: "deploy/content-filter.txt")
    let server = try await ServingProcess(["--content-filter", filter.path], in: directory.url)
    for path in ["/health", "/health/ready"] {
      #expect(try await server.ask("GET", path).hasPrefix("HTTP/1.1 200"))
    }
    // The example of a filter is read, and does what it says.
    let body = #"{"model": "demo", "prompt": "<script src=x> a", "max_tokens": 0, "echo": true}"#
    #expect(try await server.ask("POST", "/v1/completions", body).contains(#""text":"[removed] a""#))
  }
}
