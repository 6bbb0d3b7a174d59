import FileFormats
import Inference
import Serving

/// Answers to POST /v1/chat/completions.
struct ChatAnswerForm: AnswerForm {
  let head: AnswerHead
  let tokens: TokenTexts
  let hasLogProbabilities: Bool

  func opening(choice: Int) -> JSONValue? { part(choice, delta: ["role": "assistant", "content": ""]) }

  /// A call comes in one piece, once it is whole.
  func part(_ piece: AnswerPiece, choice: Int) -> JSONValue {
    var delta: [String: JSONValue] = [:]
    if !piece.text.isEmpty || piece.calls.isEmpty { delta["content"] = .string(piece.text) }
    if !piece.calls.isEmpty {
      delta["tool_calls"] = .array(
        piece.calls.map { .object($0.json.merging(["index": .integer($0.number)]) { $1 }) })
    }
    return part(choice, delta: .object(delta), logProbabilities: logProbabilities(piece.steps))
  }

  func ending(choice: Int, _ reason: String) -> JSONValue { part(choice, delta: [:], reason: .string(reason)) }

  func counts(_ usage: Usage) -> JSONValue { head.part(object: Self.partName, choices: [], usage: usage) }

  func whole(_ choices: [ChoiceAnswer], _ usage: Usage) -> JSONValue {
    let choices = choices.enumerated().map { index, choice -> JSONValue in
      [
        "index": .integer(index),
        "message": message(choice), "logprobs": logProbabilities(choice.steps),
        "finish_reason": choice.finishReason.map(JSONValue.string) ?? .null,
      ]
    }
    return head.whole(object: "chat.completion", choices: choices, usage)
  }

  private func message(_ choice: ChoiceAnswer) -> JSONValue {
    var message: [String: JSONValue] = ["role": "assistant", "content": .string(choice.text), "refusal": .null]
    if !choice.calls.isEmpty {
      message["tool_calls"] = .array(choice.calls.map { .object($0.json) })
      if choice.text.isEmpty { message["content"] = .null }
    }
    return .object(message)
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

  private func logProbabilities(_ steps: [GenerationState.Step]) -> JSONValue {
    guard hasLogProbabilities else { return .null }
    return ["content": .array(tokens.ofAnswer(steps).compactMap(\.logProbabilities).map(entry)), "refusal": .null]
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
