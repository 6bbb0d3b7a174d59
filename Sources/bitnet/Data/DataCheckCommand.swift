import ArgumentParser
import Datasets
import Foundation
import Inference
import Kernels
import Tokenization
import Workflows

struct DataCheckCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "check",
    abstract: "Ask a model the questions of a file and count its right answers.",
    discussion: """
      Each question is written with the model's chat template and answered greedily. An answer is right when it is \
      exactly that of the file and the model ended it by itself. For a file of preferences, the answers are counted \
      that are nearer to the chosen answer than to the rejected one (edit distance). Figures are given for each kind \
      of question, the word before the colon in prompts like "reverse: cat".

        bitnet data check checkpoints/sft-quickstart --file data/tasks-heldout.jsonl
        bitnet data check model.gguf --file data/preferences-heldout.jsonl --chat-template bitnet --json
      """)

  @Argument(help: ArgumentHelp(ModelArgument.help, valueName: "model"))
  var path: String

  @Option(help: "Questions and answers in any of the shapes of fine-tuning data.")
  var file: String

  @OptionGroup var adapter: AdapterOption

  @Option(help: "How a conversation is written. (default: what comes with the model)")
  var chatTemplate: ChatTemplate?

  @OptionGroup var variables: TemplateVariableOptions

  @Option(help: "Ask the first N questions only.")
  var limit: Int?

  @Option(help: "The most tokens of an answer.")
  var maxNewTokens = 64

  @Flag(help: "Show every question, the answer expected and the one given.")
  var verbose = false

  @OptionGroup var i2s: I2SLayoutOption

  @OptionGroup var threads: ThreadOptions

  @Flag(help: "Print one JSON object.")
  var json = false

  func validate() throws {
    guard maxNewTokens > 0, limit ?? 1 > 0 else {
      throw ValidationError("--max-new-tokens and --limit must be 1 or more")
    }
  }

  func run() throws {
    _ = try KernelPath.selection.get()
    let opened = try OpenedModel(path, adapter: adapter.adapter, i2sLayout: i2s.layout)
    for note in opened.notes { StandardError.note(note) }
    let tokenizer = try opened.tokenizer()
    let template = try variables.applied(to: chatTemplate ?? opened.requiredTemplate())
    let questions = try questions(tokenizer, template)
    let tallies = try threads.withPool {
      let check = AnswerCheck(
        session: InferenceSession(try opened.runtime()), tokenizer: tokenizer, template: template,
        maximumNewTokens: maxNewTokens)
      return try ask(questions, check)
    }
    let report = CheckReport(file: file, tallies: tallies, isPreference: questions.contains { $0.rejected != nil })
    try json ? JSONOutput.write(report) : StandardOutput.tell(report.table)
  }

  private func questions(_ tokenizer: any Tokenizer, _ template: ChatTemplate) throws -> [CheckedQuestion] {
    let configuration = InstructionConfiguration(path: file, maximumSamples: limit)
    let length = Int(Int32.max)
    do {
      return try CheckedQuestion.all(
        of: InstructionDataset(
          configuration, tokenizer: tokenizer, template: template, maximumSequenceLength: length, seed: 0))
    } catch InstructionDataError.rows(_, let reports, _)
      where reports.contains(where: { $0.problem == .otherShape(found: .preference, expected: .auto) })
    {
      return try CheckedQuestion.all(
        of: PreferenceDataset(
          configuration, tokenizer: tokenizer, template: template, maximumSequenceLength: length, seed: 0))
    }
  }

  private func ask(_ questions: [CheckedQuestion], _ check: AnswerCheck) throws -> [String: AnswerTally] {
    var tallies: [String: AnswerTally] = [:]
    for question in questions {
      let answer = try check.ask(question.prompt)
      tallies[question.kind, default: AnswerTally()].add(answer, to: question, template: check.template)
      guard verbose else { continue }
      let asked = question.prompt.last?.content ?? ""
      let line = "\(asked) | \(question.answer) | \(answer.text)\(answer.stopped ? "" : " …")\n"
      StandardError.write(line)
    }
    return tallies
  }
}
