import Foundation
import Testing

/// What a person sees who watches a run in a terminal.
@Suite struct LiveLineTests {
  /// Of util-linux; runs a command in a terminal of its own.
  private static let script = URL(filePath: "/usr/bin/script")

  @Test(.enabled(if: FileManager.default.isExecutableFile(atPath: script.path), "there is no `script`"))
  func aTerminalShowsOneLineWithTheCurveOfTheLoss() throws {
    let run = try TrainedRun()
    let command = """
      stty cols 120; '\(CommandLineTool.executable.path)' train tiny.yaml --output watched max_steps=150 \
      eval_every_n_steps=150 > /dev/null
      """
    let result = try CommandLineTool.run(
      ["-qec", command, "/dev/null"], of: Self.script, in: run.directory, environment: ["TERM": "xterm"])
    #expect(result.exitCode == 0, "\(result.output)")
    let lines = result.output.split(separator: "\r").filter { $0.hasPrefix("step ") && $0.contains("tokens/s") }
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
