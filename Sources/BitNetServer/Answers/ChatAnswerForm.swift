import FileFormats
import Inference
import Serving

/// Answers to POST /v1/chat/completions.
struct ChatAnswerForm: AnswerForm {
  let head: AnswerHead
  let tokens: TokenTexts
  let hasLogProbabilities: Bool

  func opening(choice: Int) -> JSONValue? { part(choice, delta: ["role": "assistant", "content": ""]) }

  func part(_ piece: GenerationPiece, choice: Int) -> JSONValue {
    part(choice, delta: ["content": .string(piece.text)], logProbabilities: logProbabilities([piece]))
  }

  func ending(choice: Int, _ reason: FinishReason) -> JSONValue { part(choice, delta: [:], reason: reason.json) }

  func counts(_ usage: Usage) -> JSONValue { head.part(object: Self.partName, choices: [], usage: usage) }

  func whole(_ choices: [ChoiceAnswer], _ usage: Usage) -> JSONValue {
    let choices = choices.enumerated().map { index, choice -> JSONValue in
      [
        "index": .integer(index),
        "message": ["role": "assistant", "content": .string(choice.text), "refusal": .null],
        "logprobs": logProbabilities(choice.pieces), "finish_reason": choice.finishReason?.json ?? .null,
      ]
    }
    return head.whole(object: "chat.completion", choices: choices, usage)
  }

  private static let partName = "chat.completion.chunk"

  private func part(
    _ choice: Int, delta: JSONValue, logProbabilities: JSONValue = .null, reason: JSONValue = .null
  ) -> JSONValue {
    head.part(
      object: Self.partName,
      choices: [
        ["index": .integer(choice), "delta": delta, "logprobs": logProbabilities, "finish_reason": reason]
      ])
  }

  private func logProbabilities(_ pieces: [GenerationPiece]) -> JSONValue {
    guard hasLogProbabilities else { return .null }
    let steps = pieces.flatMap(tokens.steps)
    return ["content": .array(steps.compactMap(\.logProbabilities).map(entry)), "refusal": .null]
  }

  private func entry(_ step: DrawnLogProbabilities) -> JSONValue {
    var entry = members(step.drawn)
    entry["top_logprobs"] = .array(step.likeliest.map { .object(members($0)) })
    return .object(entry)
  }

  private func members(_ token: TokenLogProbability) -> [String: JSONValue] {
    let bytes = tokens.bytes(of: token.token)
    return [
      "token": .string(String(decoding: bytes, as: UTF8.self)),
      "logprob": .number(max(token.logProbability, Self.least)),
      "bytes": .array(bytes.map { .integer(Int($0)) }),
    ]
  }

  /// What OpenAI says of the least likely tokens; JSON has no infinities.
  static let least = -9999.0
}
