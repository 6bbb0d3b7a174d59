import FileFormats
import Foundation
import TestSupport
import Testing

/// `bitnet deploy check`, with programs of its own in PATH.
@Suite struct DeployCommandTests {
  private func check(_ programs: [String: String], _ arguments: String...) throws -> CommandLineTool.Result {
    let directory = try TemporaryDirectory()
    for (name, script) in programs {
      let file = directory.url.appending(path: name)
      try Data("#!/bin/sh\n\(script)\n".utf8).write(to: file)
      try FileManager.default.setAttributes([.posixPermissions: 0o755], ofItemAtPath: file.path)
    }
    return try CommandLineTool.run(["deploy", "check"] + arguments, environment: ["PATH": directory.url.path])
  }

  @Test func runtimesAreFoundAndAskedForTheirVersions() throws {
    let result = try check(
      [
        "docker": "[ \"$1\" = --version ] && echo 'Docker version 99.1' && echo more",
        "kubectl": "[ \"$1\" = version ] && [ \"$2\" = --client ] && echo 'Client Version: v9'",
        "podman": "echo gone; exit 3",
      ], "--json")
    #expect(result.exitCode == 0, "\(result.errors)")
    let report = try JSONParser.parse(result.output)
    let runtimes = try #require(report["runtimes"]?.arrayValue)
    func runtime(_ name: String) -> JSONValue? { runtimes.first { $0["name"]?.stringValue == name } }
    #expect(runtimes.count == 4 && runtime("docker")?["version"] == "Docker version 99.1")
    #expect(runtime("docker")?["path"]?.stringValue?.hasSuffix("/docker") == true)
    #expect(runtime("kubectl")?["version"] == "Client Version: v9")
    #expect(runtime("podman")?["version"] == nil && runtime("podman")?["problem"] == "ends with exit code 3")
    #expect(runtime("systemd")?["path"] == nil && runtime("systemd")?["problem"] == nil)
    let profile = try #require(report["recommended_profile"]?.stringValue)
    #expect(["mobile", "edge", "server", "cloud"].contains(profile))
  }

  /// What it says is shown to a terminal.
  @Test func aProgramThatHangsOrSteersIsNoHarm() throws {
    let start = ContinuousClock.now
    let result = try check(["docker": "/bin/sleep 60", "podman": "printf '\\033[31mpodman 5\\n'"])
    #expect(result.exitCode == 0 && result.output.contains("no answer within 5 s"), "\(result.output)")
    #expect(result.output.contains("podman 5") && !result.output.contains("\u{1B}"))
    #expect(ContinuousClock.now - start < .seconds(40))
  }
}
