import Foundation

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

  /// A template, written as its text or as a list of named ones, of which "default" is the usual one.
  struct Template: Codable {
    struct Named: Codable {
      var name: String
      var template: String
    }

    var text: String?

    init(text: String) { self.text = text }

    init(from decoder: any Decoder) throws {
      let container = try decoder.singleValueContainer()
      if let text = try? container.decode(String.self) {
        self.text = text
      } else {
        text = try container.decode([Named].self).first { $0.name == "default" }?.template
      }
    }

    func encode(to encoder: any Encoder) throws {
      var container = encoder.singleValueContainer()
      try container.encode(text)
    }
  }

  /// Positions that the model takes. transformers writes 10³⁰ for one without a limit, which is no whole number here.
  struct MaximumLength: Codable {
    var positions: Int?

    init(positions: Int) { self.positions = positions }

    init(from decoder: any Decoder) throws { positions = try? decoder.singleValueContainer().decode(Int.self) }

    func encode(to encoder: any Encoder) throws {
      var container = encoder.singleValueContainer()
      try container.encode(positions)
    }
  }

  static let fileName = "tokenizer_config.json"

  var tokenizerClass: String?
  var modelMaximumLength: MaximumLength?
  /// transformers would otherwise remove spaces before punctuation.
  var cleanUpTokenizationSpaces: Bool?
  var beginningOfSequenceToken: Token?
  var endOfSequenceToken: Token?
  var paddingToken: Token?
  var unknownToken: Token?
  var addsBeginningOfSequence: Bool?
  var addsEndOfSequence: Bool?
  /// Jinja text.
  var chatTemplate: Template?

  enum CodingKeys: String, CodingKey {
    case tokenizerClass = "tokenizer_class"
    case modelMaximumLength = "model_max_length"
    case cleanUpTokenizationSpaces = "clean_up_tokenization_spaces"
    case beginningOfSequenceToken = "bos_token"
    case endOfSequenceToken = "eos_token"
    case paddingToken = "pad_token"
    case unknownToken = "unk_token"
    case addsBeginningOfSequence = "add_bos_token"
    case addsEndOfSequence = "add_eos_token"
    case chatTemplate = "chat_template"
  }
}

extension TokenizerConfigurationJSON {
  /// - Returns: nil when the folder has no such file.
  /// - Throws: `TokenizerError.unreadable`.
  init?(folder: URL) throws {
    let url = folder.appendingPathComponent(Self.fileName)
    guard FileManager.default.fileExists(atPath: url.path) else { return nil }
    self = try TokenizerFile.decode(Self.self, from: TokenizerFile.read(url), path: url.path)
  }
}
