import FileFormats

/// A vocabulary of bytes in GGUF: llama.cpp's "rwkv" tokenizer, with a token `\xNN` for every byte.
///
/// The only tokenizer of llama.cpp that gives back any bytes. It finds the texts of special tokens in plain text, so
/// they are stored after two bytes ff, which UTF-8 never contains.
extension ByteTokenizer {
  private static let modelName = "rwkv"
  private static let specialPrefix = #"\xff\xff"#
  private static let byteTexts = (0..<256).map { byte in
    let digits = String(byte, radix: 16)
    return #"\x"# + (digits.count < 2 ? "0" : "") + digits
  }

  private enum TokenType {
    static let normal: Int32 = 1
    static let control: Int32 = 3
    static let unused: Int32 = 5
  }

  /// The tokenizer keys of a model with this vocabulary; rows that the tokenizer does not name become unused tokens.
  /// - Throws: `TokenizerError.tooManyTokens`.
  public func ggufMetadata(vocabularySize: Int, ids: GGUFTokenIDs?) throws -> [GGUFMetadata.Entry] {
    guard self.vocabularySize <= vocabularySize else {
      throw TokenizerError.tooManyTokens(tokenizer: self.vocabularySize, model: vocabularySize)
    }
    let unused = self.vocabularySize..<vocabularySize
    let texts =
      Self.byteTexts + specialTokens.map { Self.ggufText(ofSpecial: $0.text) }
      + unused.map { "\(Self.specialPrefix)unused \($0)" }
    let types =
      Self.byteTexts.map { _ in TokenType.normal } + specialTokens.map { _ in TokenType.control }
      + unused.map { _ in TokenType.unused }
    let named: [(String, Int?)] = [
      ("bos", ids?.beginningOfSequence),
      ("eos", ids?.endOfSequence ?? endOfSequenceTokenID.map(Int.init)), ("padding", ids?.padding),
    ]
    return [
      .init(key: "tokenizer.ggml.model", value: .string(Self.modelName)),
      .init(key: "tokenizer.ggml.tokens", value: .array(GGUFArray(texts))),
      .init(key: "tokenizer.ggml.token_type", value: .array(GGUFArray(types))),
      .init(key: "tokenizer.ggml.add_bos_token", value: .boolean(false)),
      .init(key: "tokenizer.ggml.add_eos_token", value: .boolean(false)),
    ]
      + named.compactMap { name, id in
        id.map { .init(key: "tokenizer.ggml.\(name)_token_id", value: .uint32(UInt32(clamping: $0))) }
      }
  }

  /// How a special token of a byte vocabulary is spelt in a GGUF file.
  package static func ggufText(ofSpecial text: String) -> String { specialPrefix + escaped(text) }

  /// The tokenizer of a GGUF file.
  /// - Throws: `GGUFError` for missing keys, `TokenizerError.unsupported` for vocabularies of anything but bytes.
  public init(gguf file: GGUFFile) throws {
    func unsupported(_ found: String) -> TokenizerError {
      .unsupported(path: file.url.path, found: "tokenizer.ggml.model: \(found)")
    }
    let model = try file.string("tokenizer.ggml.model")
    guard model == Self.modelName else { throw unsupported("\"\(model)\" is not implemented") }
    guard let texts = try file.array("tokenizer.ggml.tokens").strings, texts.count >= 256,
      Array(texts[..<256]) == Self.byteTexts
    else { throw unsupported("a \"\(model)\" vocabulary that does not begin with the 256 bytes") }
    let types =
      file.metadata["tokenizer.ggml.token_type"] == nil
      ? [] : try file.array("tokenizer.ggml.token_type").int32s ?? []
    // Unused rows stand at the end.
    let special = texts.indices.dropFirst(256).prefix { !types.indices.contains($0) || types[$0] != TokenType.unused }
    let names = special.map { Self.unescaped(texts[$0]) }
    let end = file.metadata["tokenizer.ggml.eos_token_id"]?.integerValue
    let endText = end.flatMap { special.contains($0) ? names[$0 - 256] : nil }
    try self.init(specialTokens: names, endOfSequence: endText)
  }

  /// llama.cpp reads a backslash as the beginning of an escape.
  private static func escaped(_ text: String) -> String {
    text.replacing(#"\"#, with: #"\\"#).replacing("\n", with: #"\n"#).replacing("\r", with: #"\r"#)
      .replacing("\t", with: #"\t"#)
  }

  private static func unescaped(_ text: String) -> String {
    var result = ""
    var rest = text.hasPrefix(specialPrefix) ? text.dropFirst(specialPrefix.count) : text[...]
    while let character = rest.popFirst() {
      guard character == "\\", let next = rest.popFirst() else {
        result.append(character)
        continue
      }
      switch next {
      case "n": result.append("\n")
      case "r": result.append("\r")
      case "t": result.append("\t")
      default: result.append(next)
      }
    }
    return result
  }
}
