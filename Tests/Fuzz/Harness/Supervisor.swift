import FileFormats
import Foundation

/// Has processes read the inputs of a kind: when one dies or hangs, its input is kept and another goes on behind it.
struct Supervisor {
  static let progressName = "progress"
  /// The names of the files that inputs are written to, one a line.
  static let formsName = "forms"
  private static let logName = "errors"
  /// Of one kind: after so many it is one cause, most likely.
  private static let mostFindings = 25

  let kind: FuzzKind
  let options: FuzzOptions
  /// In memory where there is such a folder: it is written a million times.
  private let folder: URL

  init(_ kind: FuzzKind, _ options: FuzzOptions) throws {
    (self.kind, self.options) = (kind, options)
    let memory = URL(filePath: "/dev/shm", directoryHint: .isDirectory)
    let place = access(memory.path, W_OK) == 0 ? memory : FileManager.default.temporaryDirectory
    folder = place.appending(path: "bitnet-fuzz-\(kind.name)-\(getpid())", directoryHint: .isDirectory)
    try FileManager.default.createDirectory(at: folder, withIntermediateDirectories: true)
  }

  func run() throws -> KindReport {
    defer { try? FileManager.default.removeItem(at: folder) }
    let progress = try Progress(folder.appending(path: Self.progressName))
    var report = KindReport(kind: kind.name)
    let start = ContinuousClock.now
    var next = 0
    while next < options.count {
      guard let problem = try runProcess(from: next, progress) else { break }
      report.findings.append(try keep(problem, progress))
      next = progress.number + 1
      report.stoppedEarly = report.findings.count >= Self.mostFindings
      if report.stoppedEarly { break }
    }
    report.seconds = (ContinuousClock.now - start) / .seconds(1)
    (report.accepted, report.refused) = (progress.accepted, progress.refused)
    report.read = report.accepted + report.refused + report.findings.count
    (report.slowest, report.peakMemory) = (progress.slowest, progress.peakMemory)
    return report
  }

  /// - Returns: what ended the process before its last input; nil: nothing.
  private func runProcess(from first: Int, _ progress: Progress) throws -> String? {
    let log = folder.appending(path: Self.logName)
    try Data().write(to: log)
    let process = Process()
    process.executableURL = Bundle.main.executableURL
    process.arguments = [
      kind.name, "--count", "\(options.count)", "--seed", "\(options.seed)", "--first", "\(first)", "--folder",
      folder.path,
    ]
    // Unpacked texts go there too. Backtraces of a thousand crashes would take an hour; --input gives one.
    process.environment = ProcessInfo.processInfo.environment
      .merging(["TMPDIR": folder.path, "SWIFT_BACKTRACE": "enable=no"]) { $1 }
    process.standardOutput = FileHandle.nullDevice
    process.standardError = try FileHandle(forWritingTo: log)
    try process.run()
    if let problem = watch(process, progress) { return problem }
    if process.terminationReason == .exit, process.terminationStatus == 0 { return nil }
    let said = try String(decoding: Data(contentsOf: log), as: UTF8.self)
    // Before its first input, it is this program that does not work.
    guard progress.elapsed != nil else { throw FuzzLoop.Ended(description: "\(kind.name): \(said)") }
    return process.terminationReason == .uncaughtSignal
      ? "signal \(process.terminationStatus): \(Self.gist(of: said))" : Self.gist(of: said)
  }

  /// The line that says most, of what Swift, a sanitizer or this program wrote at the end.
  private static func gist(of text: String) -> String {
    let lines = text.split(separator: "\n").filter { $0.contains(where: \.isLetter) }
    for mark in ["atal error", "runtime failure", "ERROR: "] {
      if let line = lines.first(where: { $0.contains(mark) }) { return String(line) }
    }
    return lines.first.map(String.init) ?? "without a word"
  }

  /// - Returns: why the process was stopped.
  private func watch(_ process: Process, _ progress: Progress) -> String? {
    var begun = (number: -1, processorTime: Duration.zero)
    while process.isRunning {
      usleep(20_000)
      let memory = Self.residentBytes(of: process.processIdentifier)
      let used = Self.processorTime(of: process.processIdentifier)
      if progress.number != begun.number { begun = (progress.number, used ?? .zero) }
      let isSlow = progress.elapsed.map { Self.hangs(after: $0, of: used.map { $0 - begun.processorTime }) } ?? false
      guard isSlow || memory > FuzzOptions.mostMemory else { continue }
      kill(process.processIdentifier, SIGKILL)
      process.waitUntilExit()
      return isSlow ? "more than \(FuzzOptions.longest)" : "\(memory >> 20) MB of resident memory"
    }
    return nil
  }

  /// A process that computes little in a long time waits for a processor, on a machine that has other work, and is given
  /// ten times as long.
  private static func hangs(after elapsed: Duration, of processorTime: Duration?) -> Bool {
    let longest = FuzzOptions.longest
    return elapsed > longest && ((processorTime ?? elapsed) > longest || elapsed > longest * 10)
  }

  /// Nil where the system does not tell.
  private static func processorTime(of process: Int32) -> Duration? {
    #if os(Linux)
      var (clock, time) = (clockid_t(), timespec())
      guard clock_getcpuclockid(process, &clock) == 0, clock_gettime(clock, &time) == 0 else { return nil }
      return .seconds(time.tv_sec) + .nanoseconds(time.tv_nsec)
    #else
      return nil
    #endif
  }

  /// 0 where the system does not tell: then the process itself counts after each input.
  private static func residentBytes(of process: Int32) -> Int {
    guard let text = try? String(contentsOfFile: "/proc/\(process)/statm", encoding: .utf8) else { return 0 }
    let fields = text.split(separator: " ")
    return fields.count > 1 ? (Int(fields[1]) ?? 0) * Int(sysconf(Int32(_SC_PAGESIZE))) : 0
  }

  private func keep(_ problem: String, _ progress: Progress) throws -> KindReport.Finding {
    progress.abandon()
    let names = try String(contentsOf: folder.appending(path: Self.formsName), encoding: .utf8).split(separator: "\n")
    let name = String(names[progress.form])
    try FileManager.default.createDirectory(at: options.crashes, withIntermediateDirectories: true)
    let kept = options.crashes.appending(
      path: "\(kind.name)-\(options.seed)-\(progress.number)-\(InputForm.plainName(name))")
    for (from, to) in [(name, kept), (Self.logName, kept.appendingPathExtension("log"))] {
      try Data(contentsOf: folder.appending(path: from)).write(to: to)
    }
    return KindReport.Finding(number: progress.number, problem: problem, file: kept)
  }
}
