import ArgumentParser
import FileFormats
import Foundation
import Reports
import Training

struct RunsCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "runs", abstract: "List, compare and remove training runs.",
    subcommands: [RunsListCommand.self, RunsCompareCommand.self, RunsRemoveCommand.self])
}

struct RunsListCommand: ParsableCommand {
  enum Order: String, CaseIterable, ExpressibleByArgument {
    case name, loss, time, steps
  }

  static let configuration = CommandConfiguration(
    commandName: "ls", abstract: "Show the runs in a folder with their last figures.",
    discussion: """
        bitnet runs ls
        bitnet runs ls checkpoints --sort loss --json
      """)

  @Argument(help: ArgumentHelp("The folder that runs lie in.", valueName: "dir"))
  var folder = "checkpoints"

  @Option(help: "By name, loss (of validation, best first), time or steps.")
  var sort = Order.name

  @Flag(help: "Print one JSON array.")
  var json = false

  func run() throws {
    let url = URL(fileURLWithPath: folder)
    guard FileSystem.isDirectory(url) else { throw FileError.notFound(path: folder) }
    let entries = try FileSystem.contents(of: url)
    let found = entries.filter { FileSystem.exists($0.appendingPathComponent(RunHistory.metricsFileName)) }
    var summaries: [RunSummary] = []
    for folder in found {
      do {
        let run = try RunHistory(folder)
        run.notes.forEach(StandardError.note)
        summaries.append(RunSummary(run))
      } catch {
        // One that is damaged does not hide the others.
        StandardError.note("\(error)")
      }
    }
    summaries = sorted(summaries)
    if json { return try JSONOutput.write(summaries.map(RunListing.init)) }
    guard !summaries.isEmpty else { return StandardOutput.tell("no runs in \(folder)") }
    StandardOutput.tell(RunTable.text(summaries))
  }

  private func sorted(_ runs: [RunSummary]) -> [RunSummary] {
    runs.sorted { left, right in
      switch sort {
      case .name: left.name.localizedStandardCompare(right.name) == .orderedAscending
      case .loss: left.bestValidationLoss ?? .infinity < right.bestValidationLoss ?? .infinity
      case .time: left.elapsedSeconds > right.elapsedSeconds
      case .steps: left.step > right.step
      }
    }
  }
}

struct RunsCompareCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "compare", abstract: "Show the figures of runs and where their recipes differ.",
    discussion: """
        bitnet runs compare checkpoints/small checkpoints/small-lr2
      """)

  @Argument(help: ArgumentHelp("The folders of runs.", valueName: "run"))
  var runs: [String]

  @Flag(help: "Print one JSON object.")
  var json = false

  private struct Comparison: Encodable {
    let runs: [RunListing]
    /// By key of the recipe, one value per run; null where a run has none.
    let differences: [String: [String?]]
  }

  func validate() throws {
    guard runs.count > 1 else { throw ValidationError("name two or more runs to compare") }
  }

  func run() throws {
    let histories = try runs.map { try RunHistory(URL(fileURLWithPath: $0)) }
    let differences = RunDifference.all(histories)
    let summaries = histories.map(RunSummary.init)
    if json {
      return try JSONOutput.write(
        Comparison(
          runs: summaries.map(RunListing.init),
          differences: Dictionary(uniqueKeysWithValues: differences.map { ($0.key, $0.values) })))
    }
    StandardOutput.tell(RunTable.text(summaries))
    StandardOutput.tell(
      differences.isEmpty ? "\nthe recipes are the same" : "\n" + RunTable.text(differences, names: runs))
  }
}

struct RunsRemoveCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "rm", abstract: "Remove the folder of a run with its checkpoints.",
    discussion: """
      A folder that holds anything but a run, and a run that is being trained, stay. Without --yes it is only said what \
      would go.

        bitnet runs rm checkpoints/try
        bitnet runs rm checkpoints/try --yes
      """)

  @Argument(help: ArgumentHelp("The folder of the run.", valueName: "run"))
  var path: String

  @Flag(help: "Remove it.")
  var yes = false

  func run() throws {
    let run = try RunHistory(URL(fileURLWithPath: path))
    // Whoever holds the lock is training in it; what is looked at must not change before it goes.
    let directory = try RunDirectory.hold(run.url)
    let removal = try RunRemoval(run)
    guard yes else {
      return StandardOutput.tell(
        "\(path): \(removal.fileCount) files, \(CountFormat.bytes(removal.byteCount)); --yes removes them")
    }
    try withExtendedLifetime(directory) { try removal() }
    StandardOutput.tell("removed \(path), \(CountFormat.bytes(removal.byteCount))")
  }
}
