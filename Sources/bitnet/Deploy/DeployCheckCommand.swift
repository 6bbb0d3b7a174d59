#if Server
  import ArgumentParser
  import Kernels
  import Serving

  struct DeployCheckCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
      commandName: "check",
      abstract: "Look for what can run the server on this machine, and for the profile that fits it.",
      discussion: """
        Looks for docker, podman, systemd and kubectl in PATH and asks each for its version, with a limit of time. None of them \
        is needed: bitnet serve runs by itself.
        """)

    @Flag(help: "Print one JSON object.")
    var json = false

    func run() throws {
      let report = DeploymentReport.probe()
      if json { try JSONOutput.write(report) } else { StandardOutput.tell(report.table) }
    }
  }

  /// What `bitnet deploy check` finds. The keys of its JSON are a promise: more may come, none goes.
  struct DeploymentReport: Encodable {
    let runtimes: [RuntimeProbe.Finding]
    let threads: Int
    /// What this process may have: of the machine, the container, and `ulimit -v`.
    let memoryBytes: Int
    /// For `bitnet serve --profile`.
    let recommendedProfile: String

    static func probe() -> DeploymentReport {
      let (threads, memory) = (ThreadPool.defaultThreadCount, MemoryLimit.bytes)
      return DeploymentReport(
        runtimes: RuntimeProbe.all.map { $0.find() }, threads: threads, memoryBytes: memory,
        recommendedProfile: ServiceProfile.largest(threads: threads, memoryBytes: memory).rawValue)
    }

    /// For people.
    var table: String {
      let found = runtimes.map { ($0.name, $0.summary) }
      let rows =
        found + [
          ("machine", "\(threads) threads, \(CountFormat.bytes(memoryBytes)) of memory"),
          ("profile", "bitnet serve MODEL --profile \(recommendedProfile)"),
        ]
      return rows.map { name, value in name + String(repeating: " ", count: 10 - name.count) + value }
        .joined(separator: "\n")
    }
  }

  extension RuntimeProbe.Finding {
    fileprivate var summary: String {
      guard let path else { return "not found in PATH" }
      let what = version ?? problem ?? ""
      return ([what, path] + (version != nil ? [problem].compactMap(\.self) : []) + ["see \(file)"])
        .joined(separator: "; ")
    }
  }
#endif
