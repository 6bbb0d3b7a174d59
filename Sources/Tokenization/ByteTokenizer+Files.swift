import Foundation

extension ByteTokenizer {
  /// The file that every Hugging Face library reads a tokenizer from.
  public static let tokenizerFileName = "tokenizer.json"

  /// The files from which the `tokenizers` and `transformers` libraries build the same tokenizer, by name.
  ///
  /// For valid UTF-8 they give the same ids. They cannot hold other bytes, and unlike `encode` they find the texts of
  /// special tokens in plain text.
  /// - Parameters:
  ///   - maximumLength: the longest sequence that the model takes.
  ///   - chatTemplate: how the model was taught conversations.
  public func files(maximumLength: Int, chatTemplate: ChatTemplate? = nil) throws -> [String: Data] {
    try files(maximumLength: maximumLength, chatTemplate: chatTemplate?.jinja)
  }

  public func files(maximumLength: Int, chatTemplate: String?) throws -> [String: Data] {
    let encoder = JSONEncoder()
    encoder.outputFormatting = [.prettyPrinted, .sortedKeys, .withoutEscapingSlashes]
    let configuration = TokenizerConfigurationJSON(
      tokenizerClass: "PreTrainedTokenizerFast",
      modelMaximumLength: .init(positions: maximumLength),
      cleanUpTokenizationSpaces: false,
      endOfSequenceToken: endOfSequenceTokenID.map { id in
        TokenizerConfigurationJSON.Token(content: specialTokens[Int(id) - Self.byteCount].text)
      },
      chatTemplate: chatTemplate.map { TokenizerConfigurationJSON.Template(text: $0) })
    return [
      Self.tokenizerFileName: try encoder.encode(tokenizerJSON) + Data("\n".utf8),
      TokenizerConfigurationJSON.fileName: try encoder.encode(configuration) + Data("\n".utf8),
    ]
  }

  private var tokenizerJSON: TokenizerJSON {
    let vocabulary = ByteCharacters.scalars.enumerated().map { (String($1), $0) }
    return TokenizerJSON(
      version: "1.0",
      addedTokens: specialTokens.map {
        TokenizerJSON.AddedToken(id: Int($0.id), content: $0.text, special: true)
      },
      preTokenizer: .byteLevel,
      decoder: .byteLevel,
      model: TokenizerJSON.Model(
        type: "BPE", vocab: Dictionary(uniqueKeysWithValues: vocabulary), merges: []))
  }

  /// Reads the tokenizer of a model folder.
  /// - Throws: `TokenizerError`; `unsupported` names what a tokenizer of another kind consists of.
  public init(folder: URL) throws {
    let url = folder.appendingPathComponent(Self.tokenizerFileName)
    let configuration = try TokenizerConfigurationJSON(folder: folder)
    try self.init(json: try TokenizerFile.read(url), path: url.path, configuration: configuration)
  }

  init(json data: Data, path: String, configuration: TokenizerConfigurationJSON?) throws {
    try Self.requireBPE(data, path: path)
    let json = try TokenizerFile.decode(TokenizerJSON.self, from: data, path: path)
    if let found = Self.difference(of: json) { throw TokenizerError.unsupported(path: path, found: found) }
    try self.init(
      specialTokens: json.addedTokens.map(\.content), endOfSequence: configuration?.endOfSequenceToken?.content)
  }

  /// Other models have vocabularies of another shape, so their type is asked for first.
  private static func requireBPE(_ data: Data, path: String) throws {
    struct Probe: Decodable {
      struct Model: Decodable { var type: String? }
      var version: String
      var model: Model
    }
    let probe = try TokenizerFile.decode(Probe.self, from: data, path: path)
    guard probe.version == "1.0" else {
      throw TokenizerError.unsupported(path: path, found: "format version \"\(probe.version)\", expected \"1.0\"")
    }
    if let type = probe.model.type, type != "BPE" {
      throw TokenizerError.unsupported(path: path, found: "a tokenizer with a \(type) model")
    }
  }

  /// Offsets do not matter here, and transformers saves a template without tokens where there was none.
  private static func isHarmless(_ processor: TokenizerJSON.Component) -> Bool {
    processor.type == "ByteLevel" || processor.type == "TemplateProcessing" && processor.specialTokens?.isEmpty == true
  }

  /// What makes `json` something else than a byte tokenizer; nil if it is one.
  private static func difference(of json: TokenizerJSON) -> String? {
    if let normalizer = json.normalizer { return "a tokenizer with the normalizer \(normalizer.type)" }
    guard let preTokenizer = json.preTokenizer, preTokenizer.type == "ByteLevel" else {
      return "a tokenizer with the pre-tokenizer \(json.preTokenizer?.type ?? "none")"
    }
    if preTokenizer.addPrefixSpace != false { return "a tokenizer that puts a space before each text" }
    if let processor = json.postProcessor, !isHarmless(processor) {
      return "a tokenizer with the post-processor \(processor.type), which adds tokens"
    }
    guard json.decoder?.type == "ByteLevel" else {
      return "a tokenizer with the decoder \(json.decoder?.type ?? "none")"
    }
    let model = json.model
    let isBytes =
      model.vocab.count == byteCount
      && ByteCharacters.scalars.enumerated().allSatisfy { model.vocab[String($1)] == $0 }
    guard isBytes, model.merges.isEmpty else {
      return "a BPE tokenizer with \(model.vocab.count) tokens and \(model.merges.count) merges"
    }
    if model.continuingSubwordPrefix?.isEmpty == false || model.endOfWordSuffix?.isEmpty == false {
      return "a BPE tokenizer that marks subwords"
    }
    for (index, token) in json.addedTokens.enumerated() where token.id != byteCount + index {
      return "the special token \"\(token.content)\" with id \(token.id), expected \(byteCount + index)"
    }
    return nil
  }
}
