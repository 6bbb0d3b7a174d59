import Foundation
import Testing

/// What a person sees who watches a run in a terminal.
@Suite struct LiveLineTests {
  @Test func aTerminalShowsOneLineWithTheCurveOfTheLoss() throws {
    let run = try TrainedRun()
    let terminal = try #require(PseudoTerminal())
    let process = Process()
    process.executableURL = CommandLineTool.executable
    process.arguments = ["train", "tiny.yaml", "--output", "watched", "max_steps=150", "eval_every_n_steps=150"]
    process.currentDirectoryURL = run.directory
    process.environment = ProcessInfo.processInfo.environment.merging(["TERM": "xterm"]) { $1 }
    process.standardOutput = FileHandle.nullDevice
    process.standardError = terminal.inside
    try process.run()
    let seen = terminal.read(while: { process.isRunning })
    #expect(process.terminationStatus == 0, "\(seen)")
    let lines = seen.split(separator: "\r").filter { $0.hasPrefix("step ") && $0.contains("tokens/s") }
    let last = try #require(lines.last)
    #expect(lines.count > 1 && lines.count < 150, "\(lines.count) drawings of 150 steps")
    #expect(last.contains(#//150  [▁▂▃▄▅▆▇█]{2,16} loss \d\.\d{4}  /#), "\(last)")
    // The loss of this run falls.
    let curve = last.filter { "▁▂▃▄▅▆▇█".contains($0) }
    #expect(try #require(curve.first) > #require(curve.last), "\(curve)")
  }

  @Test func aFileGetsPlainLines() throws {
    let run = try TrainedRun()
    let result = try CommandLineTool.run(
      ["train", "tiny.yaml", "--output", "plain", "max_steps=30"], in: run.directory)
    #expect(!result.errors.contains("\r") && !result.errors.contains("\u{1B}"))
    #expect(result.errors.contains(#/\nstep 20/30  loss /#), "\(result.errors)")
  }
}

/// A terminal without a screen.
private final class PseudoTerminal {
  let inside: FileHandle
  private let outside: Int32

  init?() {
    outside = posix_openpt(O_RDWR | O_NOCTTY)
    guard outside >= 0, grantpt(outside) == 0, unlockpt(outside) == 0, let name = ptsname(outside) else { return nil }
    let descriptor = open(String(cString: name), O_RDWR | O_NOCTTY)
    guard descriptor >= 0 else { return nil }
    inside = FileHandle(fileDescriptor: descriptor, closeOnDealloc: true)
    var size = winsize(ws_row: 24, ws_col: 120, ws_xpixel: 0, ws_ypixel: 0)
    _ = ioctl(descriptor, UInt(TIOCSWINSZ), &size)
    _ = fcntl(outside, F_SETFL, O_NONBLOCK)
  }

  deinit { close(outside) }

  /// Everything that is written to it until `condition` ends.
  func read(while condition: () -> Bool) -> String {
    var bytes: [UInt8] = []
    var buffer = [UInt8](repeating: 0, count: 4096)
    while true {
      let goesOn = condition()
      let count = Foundation.read(outside, &buffer, buffer.count)
      if count > 0 {
        bytes += buffer[..<count]
      } else if !goesOn {
        return String(decoding: bytes, as: UTF8.self)
      } else {
        Thread.sleep(forTimeInterval: 0.01)
      }
    }
  }
}
