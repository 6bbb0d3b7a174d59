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
      answer. Turns are written with the chat template of the model; a model without one gets them marked with "User:" \
      and "Assistant:".

        bitnet chat checkpoints/quickstart
        bitnet chat model.gguf --system "Answer in one sentence."
      """)

  @Argument(help: ArgumentHelp(ModelArgument.help, valueName: "model"))
  var path: String

  @Option(help: "Text that comes before the conversation.")
  var system: String?

  @Option(help: "How turns are written. (default: what comes with the model)")
  var chatTemplate: ChatTemplate?

  @Option(help: "The most tokens of an answer.")
  var maxNewTokens = 256

  @OptionGroup(title: "Sampling")
  var sampling: SamplingArguments

  @OptionGroup var adapter: AdapterOption

  @OptionGroup var threads: ThreadOptions

  func validate() throws {
    guard (1...1_000_000).contains(maxNewTokens) else {
      throw ValidationError("--max-new-tokens must be from 1 to 1000000, got \(maxNewTokens)")
    }
  }

  func run() throws {
    let sampling = try sampling.options()
    _ = try KernelPath.selection.get()
    let opened = try OpenedModel(path, adapter: adapter.adapter)
    let tokenizer = try opened.tokenizer()
    let template = try template(of: opened)
    let options = GenerationOptions(
      maximumNewTokens: maxNewTokens, sampling: sampling, stopStrings: template == nil ? [Conversation.stop] : [],
      stopTokens: try template.map { [try $0.endTokenID(tokenizer)] } ?? [])
    try threads.withPool {
      let session = InferenceSession(try opened.runtime())
      try converse(session, tokenizer, Conversation(template: template, system: system), options)
    }
  }

  private func template(of opened: OpenedModel) throws -> ChatTemplate? {
    if let chatTemplate { return chatTemplate }
    switch try opened.chatTemplate() {
    case .known(let template): return template
    case .other:
      try Self.tell("The model's chat template is unknown here and not interpreted; turns are marked in plain text.\n")
      return nil
    case nil: return nil
    }
  }

  private func converse(
    _ session: InferenceSession, _ tokenizer: ByteTokenizer, _ start: Conversation, _ options: GenerationOptions
  ) throws {
    let interruption = AnswerInterruption()
    var conversation = start
    while true {
      try Self.tell("> ")
      guard let line = readLine() else { return try Self.tell("\n") }
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
          try Self.tell("That is longer than the model's context of \(session.positionLimit) tokens.\n")
          continue
        }
        if leftOut > 0 { try Self.tell("(the context is full: the \(leftOut) oldest turns are left out)\n") }
        interruption.clear()
        session.reset()
        let generation = try Generation(prompt: tokens, session: session, tokenizer: tokenizer, options: options)
        let last = conversation.turns.count - 1
        do {
          try generation.run { piece in
            conversation.turns[last].assistant += piece
            try FileHandle.standardOutput.write(contentsOf: Data(piece.utf8))
            try interruption.check()
          }
        } catch is AnswerInterruption.Stopped {}
        try FileHandle.standardOutput.write(contentsOf: Data("\n".utf8))
      }
    }
  }

  private static func tell(_ text: String) throws {
    try FileHandle.standardError.write(contentsOf: Data(text.utf8))
  }
}
