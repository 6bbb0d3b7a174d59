import FileFormats

/// The tokenizer keys of a GGUF file, checked against each other.
struct GGUFVocabulary {
  /// `tokenizer.ggml.token_type`
  enum TokenType: Int32 {
    case normal = 1, unknown, control, userDefined, unused, byte
  }

  let file: GGUFFile
  var tokens: [[UInt8]]
  var types: [TokenType]
  var scores: [Float]?
  var roles: TokenRoles

  /// - Throws: `GGUFError`, `TokenizerError`.
  init(_ file: GGUFFile) throws {
    self.file = file
    guard let tokens = try file.array("tokenizer.ggml.tokens").byteStrings, !tokens.isEmpty else {
      throw Self.unreadable(file, "tokenizer.ggml.tokens has no strings")
    }
    guard tokens.count < BytePairModel.sizeLimit else {
      throw Self.unreadable(file, "tokenizer.ggml.tokens has \(tokens.count) tokens")
    }
    self.tokens = tokens
    types = try Self.types(file, count: tokens.count)
    scores = try Self.scores(file, count: tokens.count)
    roles = TokenRoles()
    roles.beginningOfSequence = try id("bos")
    roles.endOfSequence = try id("eos")
    roles.padding = try id("padding")
    roles.unknown = try id("unknown")
    // llama.cpp takes tokens with such texts for the ends of texts, whatever the file says of them.
    for id in tokens.indices where Self.endTexts.contains(tokens[id]) && types[id] != .unused { types[id] = .control }
  }

  /// - Throws: `TokenizerError.unreadable`.
  func boolean(_ key: String) throws -> Bool? {
    switch file.metadata["tokenizer.ggml.\(key)"] {
    case .none: return nil
    case .boolean(let value): return value
    case .some(let other):
      throw Self.unreadable(file, "tokenizer.ggml.\(key) is of type \(other.type.name), expected bool")
    }
  }

  var merges: [[UInt8]]? {
    get throws {
      file.metadata["tokenizer.ggml.merges"] == nil ? nil : try file.array("tokenizer.ggml.merges").byteStrings
    }
  }

  private func id(_ name: String) throws -> Int32? {
    let key = "tokenizer.ggml.\(name)_token_id"
    guard let value = file.metadata[key] else { return nil }
    guard let id = value.integerValue, tokens.indices.contains(id) else {
      throw Self.unreadable(file, "\(key) is no id of the \(tokens.count) tokens")
    }
    return Int32(id)
  }

  private static func types(_ file: GGUFFile, count: Int) throws -> [TokenType] {
    let key = "tokenizer.ggml.token_type"
    guard file.metadata[key] != nil else { return Array(repeating: .normal, count: count) }
    guard let numbers = try file.array(key).int32s, numbers.count == count else {
      throw unreadable(file, "\(key) has not one 32-bit number for each of the \(count) tokens")
    }
    return try numbers.map { number in
      guard let type = TokenType(rawValue: number) else { throw unreadable(file, "\(key): there is no type \(number)") }
      return type
    }
  }

  private static func scores(_ file: GGUFFile, count: Int) throws -> [Float]? {
    let key = "tokenizer.ggml.scores"
    guard file.metadata[key] != nil else { return nil }
    let array = try file.array(key)
    guard array.elementType == .float32, array.count == count else {
      throw unreadable(file, "\(key) has not one 32-bit float for each of the \(count) tokens")
    }
    return array.encoded.withUnsafeBytes { bytes in
      (0..<count).map {
        Float(bitPattern: UInt32(littleEndian: bytes.loadUnaligned(fromByteOffset: 4 * $0, as: UInt32.self)))
      }
    }
  }

  static func unreadable(_ file: GGUFFile, _ reason: String) -> TokenizerError {
    .unreadable(path: file.url.path, reason: reason)
  }

  private static let endTexts = Set(
    [
      "<|eot_id|>", "<|im_end|>", "<|end|>", "<end_of_turn>", "<|endoftext|>", "< EOT >", "_<EOT>",
      "<｜end▁of▁sentence｜>", "<|end_of_text|>", "<|eom_id|>", "<EOT>", "<eos>", "[EOS]", "</s>",
    ].map { Array($0.utf8) })
}
