import Foundation
import Models
import Recipes
import TensorBoardEvents
import Training

/// What TensorBoard shows of a run, beside metrics.jsonl and with the same numbers.
public struct TensorBoardLog: RunLog {
  public init() {}

  public func forget(in directory: URL, after step: Int) throws {
    try EventFolder(directory).cut(after: step)
  }

  public func begin(in directory: URL, after step: Int, _ model: Decoder) throws -> any RunLogWriter {
    TensorBoardWriter(
      file: try EventFile(in: EventFolder(directory), after: step),
      distributions: MasterDistributions(model.namedParameters))
  }
}

struct TensorBoardWriter: RunLogWriter {
  let file: EventFile
  let distributions: MasterDistributions

  func logged(_ metrics: StepMetrics) throws { try append(metrics.eventValues, step: metrics.step) }

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
  private static func markdown(_ prompt: String, _ text: String) -> String {
    let paragraphs = [("Prompt", prompt), ("Continuation", text)].map { title, text in
      let lines = text.split(omittingEmptySubsequences: false) { $0.isNewline }
      return "\(title):\n\n" + lines.map { "    \($0)" }.joined(separator: "\n")
    }
    return paragraphs.joined(separator: "\n\n")
  }
}
