import ArgumentParser

struct DoctorCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "doctor", abstract: "Show what this machine offers, what bitnet makes of it, and what is missing.",
    discussion: "Exit code 1 when something is missing without which nothing can be trained.")

  @Flag(help: "Print one JSON object.")
  var json = false

  func run() throws {
    let report = MachineReport.probe()
    if json {
      try JSONOutput.write(report)
    } else {
      StandardOutput.tell(report.table)
    }
    if report.findings.contains(where: \.isFatal) { throw ExitCode.workFailed }
  }
}

extension MachineReport {
  /// For people: one fact per line, then what to do.
  fileprivate var table: String {
    let rows: [(String, String)] = [
      ("bitnet", "\(version) on \(operatingSystem)"),
      ("processor", processor),
      ("instruction sets", list(instructionSets)),
      ("kernels", "\(kernels.chosen) (of \(list(kernels.available)))"),
      ("BLAS", "\(blas.coreName) kernels; \(blas.configuration)"),
      ("threads", "\(threads), with OpenBLAS on one in each"),
      ("memory", "\(amount(memoryTotalBytes)), \(amount(memoryAvailableBytes)) available"),
      ("free disk", "\(amount(diskFreeBytes)) in this folder"),
      ("data/enwik8", enwik8Bytes.map(CountFormat.bytes) ?? "not there"),
      ("environment", list(environment.sorted { $0.key < $1.key }.map { "\($0.key)=\($0.value)" })),
    ]
    let facts = rows.map { name, value in name + String(repeating: " ", count: 18 - name.count) + value }
    let advice = findings.flatMap { ["", "\($0.isFatal ? "missing" : "note"): \($0.problem)", "  try: \($0.remedy)"] }
    return (facts + (advice.isEmpty ? ["", "Nothing is missing."] : advice)).joined(separator: "\n")
  }

  private func list(_ words: [String]) -> String {
    words.isEmpty ? "none" : words.joined(separator: ", ")
  }

  private func amount(_ bytes: Int?) -> String {
    bytes.map(CountFormat.bytes) ?? "unknown"
  }
}
