/// The tokenizer_config.json beside a tokenizer.json: what transformers needs to know besides the ids.
struct TokenizerConfigurationJSON: Codable {
  /// A special token, written as its text or as an object around it.
  struct Token: Codable {
    var content: String

    init(content: String) { self.content = content }

    enum CodingKeys: String, CodingKey { case content }

    init(from decoder: any Decoder) throws {
      if let text = try? decoder.singleValueContainer().decode(String.self) {
        content = text
      } else {
        content = try decoder.container(keyedBy: CodingKeys.self).decode(String.self, forKey: .content)
      }
    }

    func encode(to encoder: any Encoder) throws {
      var container = encoder.singleValueContainer()
      try container.encode(content)
    }
  }

  var tokenizerClass: String?
  var modelMaximumLength: Int?
  /// transformers would otherwise remove spaces before punctuation.
  var cleanUpTokenizationSpaces: Bool?
  var endOfSequenceToken: Token?

  enum CodingKeys: String, CodingKey {
    case tokenizerClass = "tokenizer_class"
    case modelMaximumLength = "model_max_length"
    case cleanUpTokenizationSpaces = "clean_up_tokenization_spaces"
    case endOfSequenceToken = "eos_token"
  }
}
