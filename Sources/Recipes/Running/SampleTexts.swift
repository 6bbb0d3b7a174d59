import Autograd
import Inference
import Models
import Tokenization
import Training

/// Lets the model of a run continue texts. It draws with a seed of its own at every evaluation, so that training has the
/// same bytes with and without.
struct SampleTexts {
  private let model: Decoder
  private let tokenizer: any Tokenizer
  private let options: SamplingOptions
  private let count: Int
  private let prompts: [(text: String, tokens: [Int32])]
  private let stopToken: Int32?

  /// - Parameter template: of fine-tuning: prompts become what a user says.
  /// - Throws: `ChatTemplateError`, `SamplingOptionsError`, `SamplePromptTooLong`.
  init(
    _ configuration: SampleConfiguration, _ model: Decoder, _ tokenizer: any Tokenizer, template: ChatTemplate? = nil,
    seed: UInt64
  ) throws {
    (self.model, self.tokenizer, count) = (model, tokenizer, configuration.tokens)
    options = try SamplingOptions(temperature: configuration.temperature, seed: seed)
    prompts = try configuration.prompts.map { text in
      guard let template else { return (text, tokenizer.encode(text)) }
      let message = ChatMessage(role: .user, content: text)
      return (text, try template.render([message], tokenizer: tokenizer, addingGenerationPrompt: true).tokens)
    }
    let positions = model.architecture.maximumPositionEmbeddings
    if let long = prompts.first(where: { $0.tokens.count >= positions }) {
      throw SamplePromptTooLong(prompt: long.text, tokens: long.tokens.count, positions: positions)
    }
    stopToken = try template?.endTokenID(tokenizer)
  }

  /// One text for each prompt.
  /// - Throws: `InferenceError.logitNotFinite`, `TokenizerError`.
  func callAsFunction() throws -> [(prompt: String, text: String)] {
    try prompts.map { prompt in
      let written = try withoutGradients { try continuation(of: prompt.tokens) }
      return (
        prompt.text,
        String(decoding: try tokenizer.decodeContinuation(written, skippingSpecialTokens: true), as: UTF8.self)
      )
    }
  }

  private func continuation(of prompt: [Int32]) throws -> [Int32] {
    var sampler = Sampler(options)
    var (tokens, written) = (prompt, [Int32]())
    let vocabularySize = model.architecture.vocabularySize
    while written.count < count, !tokens.isEmpty, tokens.count < model.architecture.maximumPositionEmbeddings {
      let logits = model.logits(tokens: tokens, length: tokens.count).scalars
      let token = try sampler.sample(Array(logits.suffix(vocabularySize)))
      if token == stopToken { break }
      tokens.append(token)
      written.append(token)
    }
    return written
  }
}

/// A prompt that leaves no room for a text.
struct SamplePromptTooLong: Error, CustomStringConvertible {
  let prompt: String
  let tokens: Int
  let positions: Int

  var description: String {
    "samples.prompts: \"\(prompt.prefix(40))\" is \(tokens) tokens long, with its template, and the model has \(positions) "
      + "positions: nothing could be written behind it. Shorten it, or raise model.max_position_embeddings."
  }
}
