import Architectures
import ArgumentParser
import FileFormats
import Foundation
import Inference
import Kernels
import Workflows

struct MergeCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "merge", abstract: "Merge a LoRA adapter into the weights of its model.",
    discussion: """
      The result is a model folder with full-precision masters, which quantise to the codes that are reported. An \
      adapter that was trained inside the quantiser merges exactly: every logit stays the same, bit for bit, which is \
      proved before the folder appears. One that was trained beside it does not, since the sum is quantised anew; what \
      that costs is measured and printed. Keep such an adapter as it is (generate, chat and eval take --adapter) unless \
      the loss is one you can bear.

        bitnet merge checkpoints/base --adapter checkpoints/lora-run --output checkpoints/merged
        bitnet merge checkpoints/lora-run --output checkpoints/merged
      """)

  @Argument(help: ArgumentHelp("The adapter's model, or an adapter that says where its model is.", valueName: "model"))
  var path: String

  @OptionGroup var adapter: AdapterOption

  @Option(help: ArgumentHelp("The folder to write.", valueName: "dir"))
  var output: String

  @Option(
    help: ArgumentHelp(
      "The text to measure on. (default: the held-out examples of the adapter's run, else a built-in text)",
      valueName: "file"))
  var data: String?

  @OptionGroup var threads: ThreadOptions

  @Flag(help: "Print one JSON object.")
  var json = false

  func run() throws {
    _ = try KernelPath.selection.get()
    let opened = try OpenedModel(path, adapter: adapter.adapter)
    guard let adapter = opened.adapter else { throw ValidationError("\(path) is no adapter; name one with --adapter") }
    try opened.model.requireFinishedQuantization(toBe: "merged")
    guard let folder = opened.weights as? ModelFolder, try !folder.holdsCodes else {
      throw MergeError.noMasters(path: path)
    }
    let target = URL(fileURLWithPath: output)
    if FileSystem.exists(target) { throw FileError.alreadyExists(path: target.path) }
    let report = try threads.withPool {
      let probe = try MergeProbe(opened, data: data, note: StandardError.note)
      var report = try AdapterMerge(folder: folder, adapter: adapter, probe: probe).run(into: target)
      do {
        report.answers = try MergeAnswers(probe.questions, adapted: opened, merged: OpenedModel(output))
      } catch {
        StandardError.note("the merged model is written, but its answers could not be compared: \(error)")
      }
      return report
    }
    try json ? JSONOutput.write(report) : StandardOutput.tell(report.text(output: output))
  }
}
