import ArgumentParser
import Datasets
import FileFormats
import Foundation

struct DataMakeTasksCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "make-tasks",
    abstract: "Write small instruction and preference files whose effect can be counted.",
    discussion: """
      tasks.jsonl              copy, reverse, upper-case, count, add …: prompts with one right answer
      tasks-heldout.jsonl      the same kinds with words that occur nowhere else
      preferences.jsonl        polite answers chosen over rude ones
      preferences-heldout.jsonl

        bitnet data make-tasks --output data
        bitnet data check checkpoints/sft-quickstart --file data/tasks-heldout.jsonl
      """)

  @Option(help: "The folder for the files.")
  var output = "data"

  @Option(help: "Another seed gives other words.")
  var seed: UInt64 = 1

  @Flag(help: "Replace files that are there already.")
  var force = false

  func run() throws {
    let folder = URL(fileURLWithPath: output)
    try FileManager.default.createDirectory(at: folder, withIntermediateDirectories: true)
    let files = TaskCollection(seed: seed).files()
    if !force {
      for (name, _) in files {
        let path = folder.appendingPathComponent(name).path
        guard !FileManager.default.fileExists(atPath: path) else { throw FileError.alreadyExists(path: path) }
      }
    }
    for (name, data) in files {
      let url = folder.appendingPathComponent(name)
      try AtomicFile.write(to: url, contents: data)
      StandardOutput.tell(
        "\(url.relativePath): \(data.count { $0 == UInt8(ascii: "\n") }) rows, \(CountFormat.bytes(data.count))")
    }
  }
}
