import FileFormats
import Foundation
import Inference
import Serving

/// How an answer is written: whole, or in parts as it comes.
package protocol AnswerForm: Sendable {
  var head: AnswerHead { get }
  /// What a stream says of a choice before its first piece; nil: nothing.
  func opening(choice: Int) -> JSONValue?
  func part(_ piece: AnswerPiece, choice: Int) -> JSONValue
  /// - Parameter reason: in OpenAI's words.
  func ending(choice: Int, _ reason: String) -> JSONValue
  /// What a stream says at last, where the request asks for counts.
  func counts(_ usage: Usage) -> JSONValue
  func whole(_ choices: [ChoiceAnswer], _ usage: Usage) -> JSONValue
  /// How many characters these tokens are, where the form tells each token's place.
  func characterCount(_ steps: [GenerationState.Step]) -> Int
}

extension AnswerForm {
  package func characterCount(_ steps: [GenerationState.Step]) -> Int { 0 }
}

/// One whole choice.
package struct ChoiceAnswer: Sendable {
  var text = ""
  var steps: [GenerationState.Step] = []
  var calls: [NumberedCall] = []
  /// In OpenAI's words.
  var finishReason: String?

  mutating func append(_ piece: AnswerPiece) {
    text += piece.text
    steps += piece.steps
    calls += piece.calls
  }
}

/// What all parts of an answer have in common.
package struct AnswerHead: Sendable {
  let id: String
  private let created: Int
  private let model: String
  private let fingerprint: String
  private let includesUsage: Bool

  init(idPrefix: String, modelName: String, fingerprint: String, includesUsage: Bool) {
    id = idPrefix + UUID().uuidString.filter { $0 != "-" }.lowercased()
    created = Int(Date().timeIntervalSince1970)
    model = modelName
    self.fingerprint = "bitnet-" + fingerprint.prefix(16)
    self.includesUsage = includesUsage
  }

  func whole(object: String, choices: [JSONValue], _ usage: Usage) -> JSONValue {
    .object(members(object, choices).merging(["usage": usage.json]) { $1 })
  }

  /// - Parameter usage: of the last part alone.
  func part(object: String, choices: [JSONValue], usage: Usage? = nil) -> JSONValue {
    var members = members(object, choices)
    if includesUsage { members["usage"] = usage?.json ?? .null }
    return .object(members)
  }

  private func members(_ object: String, _ choices: [JSONValue]) -> [String: JSONValue] {
    [
      "id": .string(id), "object": .string(object), "created": .integer(created), "model": .string(model),
      "system_fingerprint": .string(fingerprint), "choices": .array(choices),
    ]
  }
}

extension Usage {
  var json: JSONValue {
    [
      "prompt_tokens": .integer(promptTokens), "completion_tokens": .integer(completionTokens),
      "total_tokens": .integer(promptTokens + completionTokens),
      "prompt_tokens_details": ["cached_tokens": .integer(cachedTokens)],
    ]
  }

  static func + (left: Usage, right: Usage) -> Usage {
    Usage(
      promptTokens: left.promptTokens + right.promptTokens, cachedTokens: left.cachedTokens + right.cachedTokens,
      completionTokens: left.completionTokens + right.completionTokens)
  }

  static func - (left: Usage, right: Usage) -> Usage {
    Usage(
      promptTokens: left.promptTokens - right.promptTokens, cachedTokens: left.cachedTokens - right.cachedTokens,
      completionTokens: left.completionTokens - right.completionTokens)
  }

  static let none = Usage(promptTokens: 0, cachedTokens: 0, completionTokens: 0)
}
