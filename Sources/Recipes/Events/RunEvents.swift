import Foundation
import Models
import TensorBoardEvents
import Training

/// What TensorBoard shows of a run, beside metrics.jsonl and with the same numbers.
struct RunEvents {
  private let file: EventFile
  private let distributions: MasterDistributions

  /// Begins a file in the folder of a run that goes on after `step`.
  /// - Throws: `FileError`.
  init(in folder: EventFolder, after step: Int, _ model: Decoder) throws {
    file = try EventFile(in: folder, after: step)
    distributions = MasterDistributions(model.namedParameters)
  }

  /// - Throws: `FileError`.
  func logged(_ metrics: StepMetrics) throws { try append(metrics.eventValues, step: metrics.step) }

  /// - Parameter texts: what the model has written after the step.
  /// - Throws: `FileError`.
  func evaluated(_ loss: LossSum, _ texts: [(prompt: String, text: String)], step: Int) throws {
    let samples = texts.enumerated().map { index, sample in
      EventValue("samples/\(index + 1)", .text(Self.markdown(sample.prompt, sample.text)))
    }
    try append(loss.eventValues + samples + distributions.eventValues, step: step)
  }

  private func append(_ values: [EventValue], step: Int) throws {
    try file.append([Event(step: step, wallTime: Date().timeIntervalSince1970, .values(values))])
  }

  /// Indented, a text stands in Markdown as it is: line feeds, asterisks and all.
  static func markdown(_ prompt: String, _ text: String) -> String {
    let paragraphs = [("Prompt", prompt), ("Continuation", text)].map { title, text in
      let lines = text.split(omittingEmptySubsequences: false) { $0.isNewline }
      return "\(title):\n\n" + lines.map { "    \($0)" }.joined(separator: "\n")
    }
    return paragraphs.joined(separator: "\n\n")
  }
}
