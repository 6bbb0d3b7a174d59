import FileFormats
import Inference
import Serving

extension AnswerPlan {
  /// POST /v1/completions. Without `max_tokens`, 16 tokens are generated, as OpenAI does.
  package static func completion(_ body: JSONDocument, _ setting: RequestSetting) throws -> AnswerPlan {
    let reader = try RequestReader(body.value, keys: .completion)
    let common = try SamplingRequest(
      reader, setting.limits, vocabularySize: setting.model.runtime.vocabularySize)
    try setting.check(model: common.model)
    try checkBestOf(reader, choices: common.choices)
    let likeliest = try reader.integer("logprobs", in: 0...20)
    let isEchoed = try reader.boolean("echo") ?? false
    guard !(isEchoed && likeliest != nil) else {
      throw APIError.unsupported("echo", "the log-probabilities of a prompt are not computed")
    }
    let asked = try reader.integer("max_tokens", in: 0 ... .max)
    let options = GenerationOptions(
      maximumNewTokens: setting.answerLimit(asked: asked, otherwise: 16), sampling: common.sampling,
      stopStrings: common.stopStrings, likeliestLogProbabilities: likeliest,
      constraint: try ResponseFormat.constraint(body, setting.model))
    let prompts = try Prompt.prompts(reader, setting.limits)
    let requests = prompts.map { prompt in
      GenerationRequest(
        prompt: prompt.tokens(setting.model), options: options, hasExplicitSeed: common.hasExplicitSeed,
        choices: common.choices, client: setting.client)
    }
    let tokens = TokenTexts(setting.model, options)
    return AnswerPlan(
      requests: requests, isStreamed: common.isStreamed, includesUsage: common.includesUsage, textKey: "prompt",
      form: CompletionAnswerForm(
        head: setting.head(idPrefix: "cmpl-", common), tokens: tokens,
        hasLogProbabilities: likeliest != nil, echoes: isEchoed ? try prompts.map { try $0.text(setting.model) } : nil,
        choicesOfEach: common.choices))
  }

  /// Answers are not compared with each other: as many are computed as are sent.
  private static func checkBestOf(_ reader: RequestReader, choices: Int) throws {
    guard let count = try reader.integer("best_of", in: 0...128) else { return }
    guard count == choices || count <= 1 && choices == 1 else {
      throw APIError.unsupported("best_of", "as many answers are computed as are sent (n)")
    }
  }
}

/// What is to be continued.
enum Prompt {
  case text(String)
  case tokens([Int32])

  static func prompts(_ reader: RequestReader, _ limits: RequestLimits) throws -> [Prompt] {
    guard let value = reader.value("prompt") else { throw APIError.missing("prompt", expected: "a text") }
    let prompts = try prompts(value, limits)
    guard (1...limits.prompts).contains(prompts.count) else {
      throw APIError.invalid("prompt has \(prompts.count) texts, expected 1 to \(limits.prompts).", param: "prompt")
    }
    let size = prompts.reduce(0) { $0 + $1.size }
    guard size <= limits.promptBytes else {
      throw APIError.invalid("prompt has \(size) bytes, at most \(limits.promptBytes) are allowed.", param: "prompt")
    }
    return prompts
  }

  private static func prompts(_ value: JSONValue, _ limits: RequestLimits) throws -> [Prompt] {
    if let text = value.stringValue { return [.text(text)] }
    if let tokens = tokens(value) { return [.tokens(tokens)] }
    let prompts = value.arrayValue?.map { $0.stringValue.map(Prompt.text) ?? tokens($0).map(Prompt.tokens) }
    guard let prompts, !prompts.contains(where: { $0 == nil }) else {
      throw APIError.wrongType(
        "prompt", value, expected: "a string, an array of token ids, or an array of strings or of arrays of token ids")
    }
    return prompts.compactMap { $0 }
  }

  private static func tokens(_ value: JSONValue) -> [Int32]? {
    guard let elements = value.arrayValue, !elements.isEmpty else { return nil }
    let tokens = elements.compactMap { $0.integerValue.flatMap(Int32.init(exactly:)) }
    return tokens.count == elements.count ? tokens : nil
  }

  private var size: Int {
    switch self {
    case .text(let text): text.utf8.count
    case .tokens(let tokens): tokens.count
    }
  }

  /// Behind the token that begins a text, where the tokenizer puts one; token ids are taken as they are.
  func tokens(_ model: ServedModel) -> [Int32] {
    switch self {
    case .text(let text): model.runtime.startTokens(of: Array(text.utf8), model.tokenizer)
    case .tokens(let tokens): tokens
    }
  }

  func text(_ model: ServedModel) throws -> String {
    switch self {
    case .text(let text): text
    case .tokens(let tokens):
      String(decoding: try model.tokenizer.decode(tokens, skippingSpecialTokens: false), as: UTF8.self)
    }
  }
}
