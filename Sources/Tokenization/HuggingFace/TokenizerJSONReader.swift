import FileFormats
import Foundation

/// Makes a tokenizer of a tokenizer.json; what it does not know is refused by name.
struct TokenizerJSONReader {
  let contents: TokenizerJSONContents
  let path: String
  let configuration: TokenizerConfigurationJSON?

  private var isCharacters: Bool { contents.model["byte_fallback"]?.booleanValue == true }

  func unsupported(_ found: String) -> TokenizerError { .unsupported(path: path, found: found) }

  /// - Throws: `TokenizerError`, `VocabularyProblem`.
  func tokenizer(json: [UInt8]) throws -> TextTokenizer {
    try checkModel()
    let added = try addedTokens()
    var vocabulary = try vocabulary(added)
    var pipeline = TextPipeline()
    try PreparationReader(reader: self, isCharacters: isCharacters).read(contents.members, into: &pipeline)
    var roles = TokenRoles()
    roles.beginningOfSequence = id(of: configuration?.beginningOfSequenceToken, added)
    roles.endOfSequence = id(of: configuration?.endOfSequenceToken, added)
    roles.padding = id(of: configuration?.paddingToken, added)
    roles.unknown = id(of: configuration?.unknownToken, added)
    try PostProcessorReader(reader: self).read(contents.members["post_processor"], into: &pipeline)
    applyConfiguration(roles, &pipeline)
    var origin = TextTokenizer.Origin()
    origin.json = json
    let rules = try MergeRules.rules(contents.merges, vocabulary: vocabulary)
    let merged = Set(rules.flatMap { [$0.left, $0.right, $0.result] })
    // Added tokens are found before all this, and are spelt without the characters that stand for bytes.
    for token in added where Int(token.id) < vocabulary.count && !merged.contains(UInt32(token.id)) {
      vocabulary[Int(token.id)] = []
    }
    return try TextTokenizer(
      model: isCharacters ? characters(vocabulary, rules) : bytes(vocabulary, rules), pipeline: pipeline,
      addedTokens: added, roles: roles, origin: origin)
  }

  private func bytes(_ vocabulary: [[UInt8]], _ rules: [BytePairModel.Rule]) throws -> BytePairModel {
    try .bytes(
      vocabulary.map(ByteCharacters.bytes), rules: rules,
      takesWholePieces: contents.model["ignore_merges"]?.booleanValue ?? false)
  }

  private func characters(_ vocabulary: [[UInt8]], _ rules: [BytePairModel.Rule]) throws -> BytePairModel {
    var byteTokens = SentencePieceText.ByteTokens()
    var texts = vocabulary.map(SentencePieceText.withSpaces)
    for (id, text) in vocabulary.enumerated() where SentencePieceText.byte(named: text) != nil {
      try byteTokens.insert(text, id: id)
      texts[id] = []
    }
    return try .merged(texts, rules: rules, byteTokens: byteTokens.complete())
  }

  private func checkModel() throws {
    guard let version = contents.members["version"]?.stringValue, version == "1.0" else {
      throw unsupported("a tokenizer.json whose version is not \"1.0\"")
    }
    let model = contents.model
    guard contents.hasVocabulary else {
      throw unsupported("a tokenizer with a \(model["type"]?.stringValue ?? "nameless") model")
    }
    if let type = model["type"]?.stringValue, type != "BPE" { throw unsupported("a tokenizer with a \(type) model") }
    for key in ["continuing_subword_prefix", "end_of_word_suffix"] {
      if let text = model[key]?.stringValue, !text.isEmpty { throw unsupported("model.\(key) \"\(text)\"") }
    }
    if let dropout = model["dropout"]?.doubleValue, dropout != 0 { throw unsupported("model.dropout \(dropout)") }
    if isCharacters, model["ignore_merges"]?.booleanValue == true {
      throw unsupported("model.ignore_merges together with model.byte_fallback")
    }
  }

  /// The spelling of each id; empty for ids without one.
  private func vocabulary(_ added: [AddedToken]) throws -> [[UInt8]] {
    var highest = -1
    for entry in contents.vocabulary { highest = max(highest, entry.id) }
    // Gaps are for added tokens.
    guard highest < contents.vocabulary.count + added.count + 65_536 else {
      throw VocabularyProblem("model.vocab has the id \(highest), but only \(contents.vocabulary.count) tokens")
    }
    var vocabulary = [[UInt8]](repeating: [], count: highest + 1)
    for (text, id) in contents.vocabulary {
      guard vocabulary[id].isEmpty else { throw VocabularyProblem("model.vocab has two tokens with the id \(id)") }
      guard !text.isEmpty else { throw VocabularyProblem("model.vocab has an empty token") }
      vocabulary[id] = text
    }
    for token in added where Int(token.id) < vocabulary.count {
      let text = vocabulary[Int(token.id)]
      guard text.isEmpty || text == Array(token.content.utf8) else {
        throw VocabularyProblem("the added token \"\(token.content)\" has the id \(token.id) of another token")
      }
    }
    return vocabulary
  }

  private func addedTokens() throws -> [AddedToken] {
    guard let list = contents.members["added_tokens"], list != .null else { return [] }
    guard let tokens = list.arrayValue else { throw VocabularyProblem("added_tokens is \(list.kind), expected a list") }
    return try tokens.enumerated().map { number, token in
      func flag(_ key: String) -> Bool { token[key]?.booleanValue ?? false }
      guard let id = token["id"]?.integerValue.flatMap(Int32.init(exactly:)), id >= 0,
        let content = token["content"]?.stringValue, !content.isEmpty
      else { throw VocabularyProblem("added_tokens[\(number)] lacks a content, or an id from 0 on") }
      return AddedToken(
        id: id, content: content, isSpecial: flag("special"), isSingleWord: flag("single_word"),
        stripsLeft: flag("lstrip"), stripsRight: flag("rstrip"), isNormalized: flag("normalized"))
    }
  }

  private func id(of token: TokenizerConfigurationJSON.Token?, _ added: [AddedToken]) -> Int32? {
    guard let content = token?.content else { return nil }
    if let found = added.first(where: { $0.content.utf8.elementsEqual(content.utf8) }) { return found.id }
    return contents.vocabulary.first { $0.text.elementsEqual(content.utf8) }.flatMap { Int32(exactly: $0.id) }
  }

  /// The classes of Llama make the post-processor from these two settings; others leave it as it is.
  private func applyConfiguration(_ roles: TokenRoles, _ pipeline: inout TextPipeline) {
    guard let name = configuration?.tokenizerClass, name.hasPrefix("Llama") || name.hasPrefix("CodeLlama") else {
      return
    }
    if let adds = configuration?.addsBeginningOfSequence {
      pipeline.beginning = adds ? [roles.beginningOfSequence].compactMap { $0 } : []
    }
    if let adds = configuration?.addsEndOfSequence {
      pipeline.end = adds ? [roles.endOfSequence].compactMap { $0 } : []
    }
  }
}
