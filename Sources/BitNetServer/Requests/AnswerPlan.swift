import Inference
import Serving

/// What a request comes to: what the engine is asked, and the form in which the answer is sent.
package struct AnswerPlan: Sendable {
  /// One for each prompt. The choices are numbered through.
  package let requests: [GenerationRequest]
  package let isStreamed: Bool
  package let includesUsage: Bool
  /// The key of the request that holds the text.
  package let textKey: String
  package let form: any AnswerForm
  /// Finds calls of tools in the text of a choice; nil: there are none.
  package var toolCalls: ToolCallReader?

  var choicesOfEach: Int { requests.first?.choices ?? 1 }
}

/// What requests are read with.
package struct RequestSetting: Sendable {
  let model: ServedModel
  /// The name that answers tell.
  let modelName: String
  /// Other names that requests may call it.
  let aliases: Set<String>
  /// Of prompt and answer together.
  let contextLimit: Int
  let limits: RequestLimits
  /// Requests of one client take turns with those of others.
  let client: String

  package init(
    model: ServedModel, modelName: String, aliases: Set<String>, contextLimit: Int, limits: RequestLimits,
    client: String
  ) {
    (self.model, self.modelName, self.aliases) = (model, modelName, aliases)
    (self.contextLimit, self.limits, self.client) = (contextLimit, limits, client)
  }

  func head(idPrefix: String, _ common: SamplingRequest) -> AnswerHead {
    AnswerHead(
      idPrefix: idPrefix, modelName: modelName, fingerprint: model.fingerprint, includesUsage: common.includesUsage)
  }

  /// Everybody else's model is another one.
  func check(model name: String) throws {
    guard name == modelName || aliases.contains(name) else { throw APIError.unknownModel(name, known: modelName) }
  }

  /// The most tokens of an answer: as many as asked for, and no more than there can be.
  func answerLimit(asked: Int?, otherwise: Int = .max) -> Int {
    min(asked ?? otherwise, limits.answerTokens ?? .max, contextLimit + 1)
  }
}
