import ArgumentParser
import Foundation
import Inference
import Kernels
import Tokenization

struct ChatCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "chat", abstract: "Talk with a model.",
    discussion: """
      /reset forgets what was said, /system TEXT sets what comes before it, /quit or Ctrl-D ends. Ctrl-C stops the \
      answer. Turns are written with the model's own chat template; a model without one gets "User:" and "Assistant:".

        bitnet chat checkpoints/quickstart
        bitnet chat model.gguf --system "Answer in one sentence."
      """)

  @Argument(help: ArgumentHelp(ModelArgument.help, valueName: "model"))
  var path: String

  @Option(help: "Text that comes before the conversation.")
  var system: String?

  @Option(help: "How turns are written: \(ChatTemplate.builtInNames) or a .jinja file. (default: as the model says)")
  var chatTemplate: ChatTemplate?

  @OptionGroup var variables: TemplateVariableOptions

  @Option(help: "Numbers of keys and values: float32, or float16 for half the memory.")
  var kvCache = KeyValuePrecision.float32

  @Option(help: "The most tokens of an answer.")
  var maxNewTokens = 256

  @OptionGroup(title: "Sampling")
  var sampling: SamplingArguments

  @OptionGroup var adapter: AdapterOption

  @OptionGroup var i2s: I2SLayoutOption

  @OptionGroup var threads: ThreadOptions

  func validate() throws {
    try require("max-new-tokens", maxNewTokens, in: 1...1_000_000)
  }

  func run() throws {
    let sampling = try sampling.options()
    _ = try KernelPath.selection.get()
    let opened = try OpenedModel(path, adapter: adapter.adapter, i2sLayout: i2s.layout)
    for note in opened.notes { StandardError.note(note) }
    let tokenizer = try opened.tokenizer()
    // Variables are for a template, so that there must be one.
    let stored =
      try chatTemplate ?? (variables.templateVariable.isEmpty ? opened.chatTemplate() : opened.requiredTemplate())
    let template = try stored.map(variables.applied)
    let form = Conversation.Form(asked: template, stored: nil)
    var options = GenerationOptions(maximumNewTokens: maxNewTokens, sampling: sampling)
    switch form {
    case .template(let template): options.stopTokens = [try template.endTokenID(tokenizer)]
    case .marks: options.stopStrings = [Conversation.Form.stop]
    }
    let conversation = Conversation(form: form, system: system)
    try threads.withPool {
      let session = InferenceSession(try opened.runtime(), cache: kvCache)
      try opened.explainingNumbers { try converse(conversation, session, tokenizer, options) }
    }
  }

  private func converse(
    _ beginning: Conversation, _ session: InferenceSession, _ tokenizer: any Tokenizer, _ options: GenerationOptions
  ) throws {
    let interruption = AnswerInterruption()
    var conversation = beginning
    while true {
      StandardError.write("> ")
      guard let line = readLine() else { return StandardError.write("\n") }
      switch line.split(separator: " ", maxSplits: 1).first {
      case nil: continue
      case "/quit": return
      case "/reset": conversation.turns = []
      case "/system":
        let text = line.dropFirst("/system".count).trimmingCharacters(in: .whitespaces)
        conversation.system = text.isEmpty ? nil : text
      default:
        conversation.turns.append(.init(user: line, assistant: ""))
        guard let (tokens, leftOut) = try conversation.tokens(tokenizer, limit: session.positionLimit - 1) else {
          conversation.turns.removeLast()
          StandardError.write("That is longer than the model's context of \(session.positionLimit) tokens.\n")
          continue
        }
        if leftOut > 0 { StandardError.write("(the context is full: the \(leftOut) oldest turns are left out)\n") }
        interruption.clear()
        let generation = try Generation(
          wholeSequence: tokens, session: session, tokenizer: tokenizer, options: options)
        let last = conversation.turns.count - 1
        do {
          try generation.run { piece in
            conversation.turns[last].assistant += piece
            try StandardOutput.write(words: Data(piece.utf8))
            try interruption.check()
          }
        } catch is AnswerInterruption.Stopped {}
        try StandardOutput.write(Data("\n".utf8))
      }
    }
  }
}
