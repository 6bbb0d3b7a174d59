#if Server
  import Dispatch
  import Foundation

  /// Looks for a program that can run the server.
  struct RuntimeProbe {
    /// What is found. Where there is no path, the program is not there.
    struct Finding: Encodable, Equatable {
      let name: String
      var path: String?
      /// The first line that it says of itself.
      var version: String?
      /// Why it may not be of use.
      var problem: String?
      /// The file for it.
      let file: String
    }

    let name: String
    let program: String
    /// Those that ask for the version, and nothing of a server.
    let arguments: [String]
    let file: String
    /// Where there must be something for the program to be of use, and what is wrong without it.
    var need: (path: String, problem: String)?

    static let all = [
      RuntimeProbe(name: "docker", program: "docker", arguments: ["--version"], file: "deploy/Dockerfile"),
      RuntimeProbe(name: "podman", program: "podman", arguments: ["--version"], file: "deploy/Dockerfile"),
      RuntimeProbe(
        name: "systemd", program: "systemctl", arguments: ["--version"], file: "deploy/bitnet.service",
        need: ("/run/systemd/system", "this machine was not started by systemd")),
      // It knows no --version.
      RuntimeProbe(
        name: "kubectl", program: "kubectl", arguments: ["version", "--client"], file: "deploy/kubernetes.yaml"),
    ]

    static let timeLimit = 5.0

    func find() -> Finding {
      var finding = Finding(name: name, file: file)
      guard let url = Self.url(of: program) else { return finding }
      finding.path = url.path
      switch Self.firstLine(of: url, arguments) {
      case .success(let line): finding.version = line
      case .failure(let failure): finding.problem = failure.reason
      }
      if let need, finding.problem == nil, !FileManager.default.fileExists(atPath: need.path) {
        finding.problem = need.problem
      }
      return finding
    }

    /// Relative folders of PATH are somebody else's to fill: they are not looked into.
    private static func url(of program: String) -> URL? {
      let folders = (ProcessInfo.processInfo.environment["PATH"] ?? "").split(separator: ":").filter {
        $0.hasPrefix("/")
      }
      return folders.lazy.map { URL(fileURLWithPath: String($0)).appendingPathComponent(program) }
        .first { FileManager.default.isExecutableFile(atPath: $0.path) && !$0.hasDirectoryPath }
    }

    private struct Failure: Error { let reason: String }

    private static func firstLine(of url: URL, _ arguments: [String]) -> Result<String, Failure> {
      let place = FileManager.default.temporaryDirectory.appendingPathComponent("bitnet-\(UUID().uuidString)")
      defer { try? FileManager.default.removeItem(at: place) }
      do {
        // A file: a pipe would be held open by what the program leaves behind.
        guard FileManager.default.createFile(atPath: place.path, contents: nil) else {
          return .failure(Failure(reason: "no temporary file could be made"))
        }
        let process = Process()
        (process.executableURL, process.arguments) = (url, arguments)
        process.standardOutput = try FileHandle(forWritingTo: place)
        (process.standardError, process.standardInput) = (FileHandle.nullDevice, FileHandle.nullDevice)
        let ended = DispatchSemaphore(value: 0)
        process.terminationHandler = { _ in ended.signal() }
        try process.run()
        guard ended.wait(timeout: .now() + timeLimit) == .success else {
          // With what it started, where it leads a group of its own.
          kill(-process.processIdentifier, SIGKILL)
          kill(process.processIdentifier, SIGKILL)
          return .failure(Failure(reason: "no answer within \(Int(timeLimit)) s"))
        }
        guard process.terminationStatus == 0 else {
          return .failure(Failure(reason: "ends with exit code \(process.terminationStatus)"))
        }
        let text = try FileHandle(forReadingFrom: place).read(upToCount: 4096) ?? Data()
        let line = String(decoding: text, as: UTF8.self).split(whereSeparator: \.isNewline).first
        return line.map { .success($0.trimmingCharacters(in: .whitespaces)) }
          ?? .failure(Failure(reason: "says nothing of its version"))
      } catch {
        return .failure(Failure(reason: "cannot be started"))
      }
    }
  }
#endif
