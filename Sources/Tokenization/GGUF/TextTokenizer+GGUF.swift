import FileFormats

extension TextTokenizer {
  /// The tokenizer of a GGUF file of the models "gpt2" and "llama".
  /// - Throws: `GGUFError`, `TokenizerError`; `unsupported` names another model or pre-tokenizer.
  init(gguf file: GGUFFile) throws {
    let model = try file.string("tokenizer.ggml.model")
    let vocabulary = try GGUFVocabulary(file)
    do {
      switch model {
      case "gpt2": self = try Self.bytePairs(vocabulary)
      case "llama": self = try Self.sentencePieces(vocabulary)
      default:
        throw TokenizerError.unsupported(
          path: file.url.path, found: "tokenizer.ggml.model: \"\(model)\" is not implemented")
      }
    } catch let problem as VocabularyProblem {
      throw GGUFVocabulary.unreadable(file, problem.text)
    }
  }

  private static func bytePairs(_ vocabulary: GGUFVocabulary) throws -> TextTokenizer {
    let file = vocabulary.file
    let name = try file.string("tokenizer.ggml.pre")
    guard let preTokenizer = GGUFPreTokenizer.named(name) else {
      throw TokenizerError.unsupported(path: file.url.path, found: "tokenizer.ggml.pre: \"\(name)\" is not implemented")
    }
    guard let merges = try vocabulary.merges else {
      throw GGUFVocabulary.unreadable(file, "tokenizer.ggml.merges is missing or has no strings")
    }
    let ordinary = zip(vocabulary.tokens, vocabulary.types).map { $1 == .normal ? $0 : [] }
    let rules = try MergeRules.rules(
      merges.enumerated().map { number, line in
        guard let merge = TokenizerJSONContents.pair(line[...]) else {
          throw VocabularyProblem("tokenizer.ggml.merges[\(number)] is not two tokens with a space between them")
        }
        return merge
      }, vocabulary: ordinary)
    var pipeline = TextPipeline()
    pipeline.splitters = preTokenizer.splitters
    try pipeline.setEnds(vocabulary, addsBeginning: preTokenizer.addsBeginningOfSequence)
    var origin = Origin()
    origin.ggufPreTokenizer = name
    return try TextTokenizer(
      model: .bytes(
        ordinary.map(ByteCharacters.bytes), rules: rules, takesWholePieces: preTokenizer.takesWholePieces),
      pipeline: pipeline, addedTokens: addedTokens(vocabulary), roles: vocabulary.roles, origin: origin)
  }

  private static func sentencePieces(_ vocabulary: GGUFVocabulary) throws -> TextTokenizer {
    guard let scores = vocabulary.scores else {
      throw GGUFVocabulary.unreadable(vocabulary.file, "tokenizer.ggml.scores is missing")
    }
    var pipeline = TextPipeline()
    pipeline.spacePrefix = try vocabulary.boolean("add_space_prefix") ?? true ? .everySection : .none
    pipeline.stripsLeadingSpace = pipeline.spacePrefix == .everySection
    try pipeline.setEnds(vocabulary, addsBeginning: true)
    let scored = vocabulary.tokens.indices.map { id in
      let isText = vocabulary.types[id] == .normal || vocabulary.types[id] == .userDefined
      return BytePairModel.ScoredToken(
        text: isText ? SentencePieceText.withSpaces(vocabulary.tokens[id]) : [], score: scores[id])
    }
    var byteTokens = SentencePieceText.ByteTokens()
    for (id, type) in vocabulary.types.enumerated() where type == .byte {
      try byteTokens.insert(vocabulary.tokens[id], id: id)
    }
    var origin = Origin()
    origin.scores = scores
    return try TextTokenizer(
      model: .scored(scored, byteTokens: byteTokens.complete()), pipeline: pipeline,
      addedTokens: addedTokens(vocabulary), roles: vocabulary.roles, origin: origin)
  }

  private static func addedTokens(_ vocabulary: GGUFVocabulary) throws -> [AddedToken] {
    try vocabulary.tokens.indices.compactMap { id in
      let type = vocabulary.types[id]
      guard type == .control || type == .unknown || type == .userDefined else { return nil }
      guard let content = String(validating: vocabulary.tokens[id], as: UTF8.self) else {
        throw VocabularyProblem("token \(id) is not valid UTF-8")
      }
      return AddedToken(id: Int32(id), content: content, isSpecial: type != .userDefined)
    }
  }
}

extension TextPipeline {
  fileprivate mutating func setEnds(_ vocabulary: GGUFVocabulary, addsBeginning: Bool) throws {
    if try vocabulary.boolean("add_bos_token") ?? addsBeginning {
      beginning = vocabulary.roles.beginningOfSequence.map { [$0] } ?? []
    }
    if try vocabulary.boolean("add_eos_token") ?? false {
      end = vocabulary.roles.endOfSequence.map { [$0] } ?? []
    }
  }
}
