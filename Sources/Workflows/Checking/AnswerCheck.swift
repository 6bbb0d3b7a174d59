import Datasets
import Inference
import Tokenization

/// A question whose right answer is known.
package struct CheckedQuestion {
  package let prompt: [ChatMessage]
  /// The right answer, or the preferred one.
  package let answer: String
  /// The answer that is not preferred.
  package let rejected: String?

  /// The questions of a file of instructions: the last answer of each conversation.
  /// - Parameter limit: of rows that are looked at, from the first.
  package static func all(of dataset: InstructionDataset, limit: Int = .max) throws -> [CheckedQuestion] {
    try (0..<min(limit, dataset.count)).compactMap { number in
      guard let messages = try dataset.messages(number),
        let last = messages.lastIndex(where: { $0.role == .assistant })
      else { return nil }
      return CheckedQuestion(prompt: Array(messages[..<last]), answer: messages[last].content, rejected: nil)
    }
  }

  package static func all(of dataset: PreferenceDataset, limit: Int = .max) throws -> [CheckedQuestion] {
    try (0..<min(limit, dataset.count)).map { number in
      let pair = try dataset.conversations(number)
      return CheckedQuestion(
        prompt: Array(pair.chosen[..<pair.promptCount]), answer: pair.chosen[pair.promptCount].content,
        rejected: pair.rejected[pair.promptCount].content)
    }
  }

  /// What comes before the colon in prompts like `reverse: cat`.
  package var kind: String {
    let question = prompt.last { $0.role == .user }?.content ?? ""
    guard let colon = question.firstIndex(of: ":"), colon != question.startIndex else { return "all" }
    let name = question[..<colon]
    return name.count <= 20 && name.allSatisfy { $0.isLetter || $0 == "_" || $0 == "-" } ? String(name) : "all"
  }
}

/// Asks a model questions and counts what it answers.
package struct AnswerCheck {
  package struct Answer {
    package let text: String
    /// Whether the model ended it, rather than a limit.
    package let stopped: Bool
  }

  private let session: InferenceSession
  private let tokenizer: any Tokenizer
  package let template: ChatTemplate
  private let maximumNewTokens: Int

  package init(
    session: InferenceSession, tokenizer: any Tokenizer, template: ChatTemplate, maximumNewTokens: Int
  ) {
    self.session = session
    self.tokenizer = tokenizer
    self.template = template
    self.maximumNewTokens = maximumNewTokens
  }

  /// The likeliest answer, token by token.
  package func ask(_ prompt: [ChatMessage]) throws -> Answer {
    let rendered = try template.render(prompt, tokenizer: tokenizer, addingGenerationPrompt: true)
    session.reset()
    let options = GenerationOptions(
      maximumNewTokens: maximumNewTokens, stopTokens: [try template.endTokenID(tokenizer)])
    let generation = try Generation(
      prompt: rendered.tokens, session: session, tokenizer: tokenizer, options: options)
    let text = try generation.run()
    if case .stopToken = generation.finishReason { return Answer(text: text, stopped: true) }
    return Answer(text: text, stopped: false)
  }
}

/// What was counted for questions of one kind.
package struct AnswerTally {
  package private(set) var asked = 0
  /// Answers that are exactly right, or exactly the preferred ones.
  package private(set) var exact = 0
  package private(set) var stopped = 0
  /// Answers that are nearer to the preferred answer than to the other.
  package private(set) var preferred = 0

  package init() {}

  package mutating func add(_ answer: AnswerCheck.Answer, to question: CheckedQuestion, template: ChatTemplate) {
    func written(_ text: String) -> String { template.content(of: ChatMessage(role: .assistant, content: text)) }
    asked += 1
    exact += answer.stopped && written(answer.text) == written(question.answer) ? 1 : 0
    stopped += answer.stopped ? 1 : 0
    guard let rejected = question.rejected else { return }
    let distance = Self.editDistance(answer.text, question.answer)
    preferred += distance < Self.editDistance(answer.text, rejected) ? 1 : 0
  }

  package static func + (left: AnswerTally, right: AnswerTally) -> AnswerTally {
    var sum = left
    sum.asked += right.asked
    sum.exact += right.exact
    sum.stopped += right.stopped
    sum.preferred += right.preferred
    return sum
  }

  /// Insertions, deletions and replacements of bytes that turn one text into the other.
  private static func editDistance(_ left: String, _ right: String) -> Int {
    let right = Array(right.utf8)
    var row = Array(0...right.count)
    for (index, byte) in left.utf8.enumerated() {
      var diagonal = row[0]
      row[0] = index + 1
      for column in right.indices {
        let replaced = diagonal + (right[column] == byte ? 0 : 1)
        diagonal = row[column + 1]
        row[column + 1] = min(replaced, diagonal + 1, row[column] + 1)
      }
    }
    return row[right.count]
  }
}
