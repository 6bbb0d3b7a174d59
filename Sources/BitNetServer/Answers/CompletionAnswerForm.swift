import FileFormats
import Inference
import Serving

/// Answers to POST /v1/completions.
struct CompletionAnswerForm: AnswerForm {
  let head: AnswerHead
  let tokens: TokenTexts
  let hasLogProbabilities: Bool
  /// The texts of the prompts, where they are to come first.
  let echoes: [String]?
  let choicesOfEach: Int

  func opening(choice: Int) -> JSONValue? {
    echo(choice).map { part(choice, text: $0) }
  }

  private func echo(_ choice: Int) -> String? { echoes.map { $0[choice / choicesOfEach] } }

  func part(_ piece: AnswerPiece, choice: Int) -> JSONValue {
    part(choice, text: piece.text, logProbabilities: logProbabilities(piece.steps, of: choice, from: piece.offset))
  }

  func ending(choice: Int, _ reason: String) -> JSONValue { part(choice, text: "", reason: .string(reason)) }

  func counts(_ usage: Usage) -> JSONValue { head.part(object: Self.name, choices: [], usage: usage) }

  func whole(_ choices: [ChoiceAnswer], _ usage: Usage) -> JSONValue {
    let choices = choices.enumerated().map { index, choice in
      self.choice(
        index, text: (echo(index) ?? "") + choice.text, logProbabilities: logProbabilities(choice.steps, of: index),
        reason: choice.finishReason.map(JSONValue.string) ?? .null)
    }
    return head.whole(object: Self.name, choices: choices, usage)
  }

  private static let name = "text_completion"

  private func part(
    _ index: Int, text: String, logProbabilities: JSONValue = .null, reason: JSONValue = .null
  ) -> JSONValue {
    head.part(
      object: Self.name, choices: [choice(index, text: text, logProbabilities: logProbabilities, reason: reason)])
  }

  private func choice(_ index: Int, text: String, logProbabilities: JSONValue, reason: JSONValue) -> JSONValue {
    ["index": .integer(index), "text": .string(text), "logprobs": logProbabilities, "finish_reason": reason]
  }

  func characterCount(_ steps: [GenerationState.Step]) -> Int {
    hasLogProbabilities ? tokens.ofAnswer(steps).reduce(0) { $0 + tokens.text(of: $1.token).count } : 0
  }

  /// Four lists; offsets count characters from the beginning of the choice's text.
  private func logProbabilities(_ steps: [GenerationState.Step], of choice: Int, from start: Int = 0) -> JSONValue {
    guard hasLogProbabilities else { return .null }
    var lists: (texts: [JSONValue], own: [JSONValue], likeliest: [JSONValue], offsets: [JSONValue]) = ([], [], [], [])
    var offset = start + (echo(choice)?.count ?? 0)
    for step in tokens.ofAnswer(steps).compactMap(\.logProbabilities) {
      let text = tokens.text(of: step.drawn.token)
      lists.texts.append(.string(text))
      lists.own.append(.number(max(step.drawn.logProbability, ChatAnswerForm.least)))
      lists.likeliest.append(.object(likeliest(step)))
      lists.offsets.append(.integer(offset))
      offset += text.count
    }
    return [
      "tokens": .array(lists.texts), "token_logprobs": .array(lists.own), "top_logprobs": .array(lists.likeliest),
      "text_offset": .array(lists.offsets),
    ]
  }

  /// Of tokens with the same text, the likelier one is told.
  private func likeliest(_ step: DrawnLogProbabilities) -> [String: JSONValue] {
    let pairs = step.likeliest.map {
      (tokens.text(of: $0.token), JSONValue.number(max($0.logProbability, ChatAnswerForm.least)))
    }
    return Dictionary(pairs) { first, _ in first }
  }
}
