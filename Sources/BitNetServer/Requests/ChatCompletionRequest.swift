import FileFormats
import Inference
import Serving
import Tokenization

extension AnswerPlan {
  /// POST /v1/chat/completions. Without `max_tokens` or `max_completion_tokens`, an answer may fill the context.
  package static func chat(_ body: JSONDocument, _ setting: RequestSetting) throws -> AnswerPlan {
    let reader = try RequestReader(body.value, keys: .chat)
    let common = try SamplingRequest(
      reader, setting.limits, vocabularySize: setting.model.runtime.vocabularySize)
    try setting.check(model: common.model)
    let messages = try ChatMessage.messages(reader, setting.limits, setting.model.chatTemplate)
    let tools = try ToolRequest.read(body, reader, setting.model)
    let format = try ResponseFormat.constraint(body, setting.model)
    guard format == nil || tools.syntax == nil else {
      throw APIError.unsupported("response_format", "an answer that may call tools has no format of its own")
    }
    let likeliest = try likeliestOfChat(reader)
    let asked =
      try reader.oneOf("max_completion_tokens", "max_tokens") { try reader.integer($0, in: 0 ... .max) }
    let prompt = try setting.model.prompt(for: ChatRequest(messages: messages, tools: tools.descriptions))
    let options = prompt.ending(
      GenerationOptions(
        maximumNewTokens: setting.answerLimit(asked: asked), sampling: common.sampling,
        stopStrings: common.stopStrings + tools.stopStrings,
        likeliestLogProbabilities: likeliest, constraint: format ?? tools.constraint))
    let request = GenerationRequest(
      prompt: prompt.tokens, options: options, hasExplicitSeed: common.hasExplicitSeed, choices: common.choices,
      client: setting.client)
    return AnswerPlan(
      requests: [request], isStreamed: common.isStreamed, includesUsage: common.includesUsage, textKey: "messages",
      form: ChatAnswerForm(
        head: setting.head(idPrefix: "chatcmpl-", common),
        tokens: TokenTexts(setting.model, options), hasLogProbabilities: likeliest != nil),
      toolCalls: tools.syntax.map { ToolCallReader($0, tools: tools.names) })
  }

  private static func likeliestOfChat(_ reader: RequestReader) throws -> Int? {
    let count = try reader.integer("top_logprobs", in: 0...20)
    guard try reader.boolean("logprobs") == true else {
      guard count ?? 0 == 0 else {
        throw APIError.invalid("top_logprobs needs logprobs to be true.", param: "top_logprobs")
      }
      return nil
    }
    return count ?? 0
  }
}
