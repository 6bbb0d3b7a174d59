import FileFormats
import Foundation
import Inference
import Serving

/// A part of a choice as clients get it.
package struct AnswerPiece: Sendable {
  var text: String
  var steps: [GenerationState.Step]
  var calls: [NumberedCall] = []
  /// Characters of the tokens before these, where the form counts them.
  var offset = 0

  /// Nothing to be told of.
  var isEmpty: Bool { text.isEmpty && calls.isEmpty && !steps.contains { $0.logProbabilities != nil } }
}

/// A call of a tool, with what its result will refer to.
struct NumberedCall: Sendable {
  let call: ToolCall
  /// Among the calls of an answer.
  let number: Int
  let id = "call_" + String(UUID().uuidString.filter { $0 != "-" }.lowercased().prefix(24))

  var json: [String: JSONValue] {
    [
      "id": .string(id), "type": "function",
      "function": ["name": .string(call.name), "arguments": .string(call.arguments)],
    ]
  }
}

/// Reads the text of one choice for calls of tools, where there may be any.
struct ChoiceReader {
  private var reader: ToolCallReader?
  private var callCount = 0

  init(_ reader: ToolCallReader?) { self.reader = reader }

  mutating func read(_ piece: GenerationPiece) -> AnswerPiece {
    let part = reader?.read(piece.text) ?? ToolCallReader.Part(text: piece.text)
    return AnswerPiece(text: part.text, steps: piece.tokens, calls: numbered(part.calls))
  }

  /// What was held back.
  mutating func finish() -> AnswerPiece {
    let part = reader?.finish() ?? ToolCallReader.Part()
    return AnswerPiece(text: part.text, steps: [], calls: numbered(part.calls))
  }

  private mutating func numbered(_ calls: [ToolCall]) -> [NumberedCall] {
    defer { callCount += calls.count }
    return calls.enumerated().map { NumberedCall(call: $1, number: callCount + $0) }
  }

  /// How the choice ended, in OpenAI's words.
  func ending(_ reason: FinishReason) -> String {
    switch reason {
    case .maximumNewTokens, .contextFull: "length"
    case .stopToken, .stopString, .constraintFulfilled: callCount > 0 ? "tool_calls" : "stop"
    case .contentFilter: "content_filter"
    }
  }
}
