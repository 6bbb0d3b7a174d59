import ArgumentParser
import FileFormats
import Foundation
import Reports

struct ReportCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "report", abstract: "Draw the curves of one or several runs as a page of HTML.",
    discussion: """
      Loss, bits per byte, schedules, gradient norm, speed, ternary codes and their changes by layer, what the model wrote, \
      recipe and machine. The page is one file that loads nothing; several runs lie over each other, and what differs in \
      their recipes is marked. A run that is still going can be drawn at any time.

        bitnet report checkpoints/quickstart -o report.html
        bitnet report checkpoints/small checkpoints/small-lr2 -o compared.html
      """)

  @Argument(help: ArgumentHelp("The folders of runs.", valueName: "run"))
  var runs: [String]

  @Option(name: .shortAndLong, help: ArgumentHelp("The file to write; an older one is replaced.", valueName: "file"))
  var output: String

  func validate() throws {
    let file = URL(fileURLWithPath: output).standardizedFileURL
    let isInRun = runs.contains {
      URL(fileURLWithPath: $0).standardizedFileURL.path == file.deletingLastPathComponent().path
    }
    guard !isInRun || !RunRemoval.names.contains(file.lastPathComponent) else {
      throw ValidationError("--output \(output) is a file of the run itself; name another")
    }
  }

  func run() throws {
    let histories = try runs.map { try RunHistory(URL(fileURLWithPath: $0)) }
    for note in histories.flatMap(\.notes) { StandardError.note(note) }
    let page = Data(try ReportPage(histories).html().utf8)
    try AtomicFile.write(to: URL(fileURLWithPath: output), contents: page)
    StandardOutput.tell("wrote \(output), \(CountFormat.bytes(page.count))")
  }
}
