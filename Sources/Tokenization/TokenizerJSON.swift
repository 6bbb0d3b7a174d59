/// The parts of a Hugging Face tokenizer.json that decide which ids a text gets.
struct TokenizerJSON: Codable {
  struct AddedToken: Codable {
    var id: Int
    var content: String
    var special: Bool
    var singleWord = false
    var lstrip = false
    var rstrip = false
    var normalized = false

    enum CodingKeys: String, CodingKey {
      case id, content, special, lstrip, rstrip, normalized
      case singleWord = "single_word"
    }
  }

  /// A value of which only the presence matters.
  struct Ignored: Codable {}

  /// A component of the pipeline: its type, the settings of `ByteLevel`, the tokens that a template adds.
  struct Component: Codable {
    var type: String
    var addPrefixSpace: Bool?
    var trimOffsets: Bool?
    var useRegex: Bool?
    var specialTokens: [String: Ignored]?

    enum CodingKeys: String, CodingKey {
      case type
      case addPrefixSpace = "add_prefix_space"
      case trimOffsets = "trim_offsets"
      case useRegex = "use_regex"
      case specialTokens = "special_tokens"
    }

    /// Bytes to characters and back, without cutting the text into words.
    static let byteLevel = Component(
      type: "ByteLevel", addPrefixSpace: false, trimOffsets: true, useRegex: false)
  }

  /// A merge rule in either of its two spellings: `"a b"`, or `["a", "b"]` since tokenizers 0.20.
  enum Merge: Codable {
    case line(String)
    case pair([String])

    init(from decoder: any Decoder) throws {
      let container = try decoder.singleValueContainer()
      if let line = try? container.decode(String.self) {
        self = .line(line)
      } else {
        self = .pair(try container.decode([String].self))
      }
    }

    func encode(to encoder: any Encoder) throws {
      var container = encoder.singleValueContainer()
      switch self {
      case .line(let line): try container.encode(line)
      case .pair(let pair): try container.encode(pair)
      }
    }
  }

  struct Model: Codable {
    /// Left out in some old files, where the shape of the object tells.
    var type: String?
    var vocab: [String: Int]
    var merges: [Merge]
    var continuingSubwordPrefix: String?
    var endOfWordSuffix: String?

    enum CodingKeys: String, CodingKey {
      case type, vocab, merges
      case continuingSubwordPrefix = "continuing_subword_prefix"
      case endOfWordSuffix = "end_of_word_suffix"
    }
  }

  var version: String
  var addedTokens: [AddedToken]
  var normalizer: Component?
  var preTokenizer: Component?
  var postProcessor: Component?
  var decoder: Component?
  var model: Model

  enum CodingKeys: String, CodingKey {
    case version, normalizer, decoder, model
    case addedTokens = "added_tokens"
    case preTokenizer = "pre_tokenizer"
    case postProcessor = "post_processor"
  }
}
