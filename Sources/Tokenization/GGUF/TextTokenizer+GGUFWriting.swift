import FileFormats
import Foundation

extension TextTokenizer {
  /// llama.cpp does not compose characters (NFC): texts that are not composed get other ids there.
  public func ggufMetadata(vocabularySize: Int, ids: GGUFTokenIDs?) throws -> [GGUFMetadata.Entry] {
    guard self.vocabularySize <= vocabularySize else {
      throw TokenizerError.tooManyTokens(tokenizer: self.vocabularySize, model: vocabularySize)
    }
    let (texts, types) = ggufTokens(vocabularySize: vocabularySize)
    guard Set(texts.map { Array($0.utf8) }).count == texts.count else {
      throw TokenizerError.inexpressible(format: "GGUF", found: "a vocabulary in which two tokens have the same text")
    }
    var entries: [GGUFMetadata.Entry] = []
    func add(_ key: String, _ value: GGUFValue) { entries.append(.init(key: "tokenizer.ggml.\(key)", value: value)) }
    add("model", .string(model.units == .bytes ? "gpt2" : "llama"))
    add("pre", .string(try ggufPreTokenizer()))
    add("tokens", .array(GGUFArray(texts)))
    add("token_type", .array(GGUFArray(types.map(\.rawValue))))
    switch model.units {
    case .bytes:
      add("merges", .array(GGUFArray(mergeSpellings().map { $0.left + " " + $0.right })))
      add("add_space_prefix", .boolean(false))
    case .characters:
      add("scores", .array(Self.floats(try ggufScores(vocabularySize: vocabularySize))))
      add("add_space_prefix", .boolean(pipeline.spacePrefix == .everySection))
    }
    let named: [(String, Int?)] = [
      ("bos", ids?.beginningOfSequence ?? roles.beginningOfSequence.map(Int.init)),
      ("eos", ids?.endOfSequence ?? roles.endOfSequence.map(Int.init)),
      ("padding", ids?.padding ?? roles.padding.map(Int.init)), ("unknown", roles.unknown.map(Int.init)),
    ]
    for (name, id) in named {
      if let id { add("\(name)_token_id", .uint32(UInt32(clamping: id))) }
    }
    add("add_bos_token", .boolean(try addsOnly(pipeline.beginning, named[0].1, "beginning")))
    add("add_eos_token", .boolean(try addsOnly(pipeline.end, named[1].1, "end")))
    return entries
  }

  private func addsOnly(_ tokens: [Int32], _ id: Int?, _ place: String) throws -> Bool {
    guard tokens.isEmpty || tokens.count == 1 && id == Int(tokens[0]) else {
      throw TokenizerError.inexpressible(
        format: "GGUF", found: "the tokens \(tokens) at the \(place) of a sequence, other than the one token for it")
    }
    return !tokens.isEmpty
  }

  private func ggufTokens(vocabularySize: Int) -> (texts: [String], types: [GGUFVocabulary.TokenType]) {
    var contents: [Int: AddedToken] = [:]
    for token in addedTokens { contents[Int(token.id)] = token }
    let spellings = spellings()
    var texts: [String] = []
    var types: [GGUFVocabulary.TokenType] = []
    for id in 0..<vocabularySize {
      if let token = contents[id] {
        texts.append(token.content)
        types.append(!token.isSpecial ? .userDefined : roles.unknown == Int32(id) ? .unknown : .control)
      } else if id < spellings.count, let text = spellings[id] {
        texts.append(text)
        types.append(kinds[id] == .byte ? .byte : .normal)
      } else {
        texts.append("[unused \(id)]")
        types.append(.unused)
      }
    }
    return (texts, types)
  }

  private func ggufPreTokenizer() throws -> String {
    func refused(_ found: String) -> TokenizerError { .inexpressible(format: "GGUF", found: found) }
    if let token = addedTokens.first(where: { $0.isSingleWord }) {
      throw refused("the token \"\(token.content)\", which counts only as a word of its own")
    }
    guard model.units == .bytes else {
      guard pipeline.spacePrefix == .everySection || pipeline.spacePrefix == .none, !pipeline.isCutAtSpaces else {
        throw refused("a space that is put only before some texts, or words that are cut at every space")
      }
      return "default"
    }
    guard pipeline.spacePrefix == .none else { throw refused("a byte-level vocabulary that puts a space before texts") }
    if let name = origin.ggufPreTokenizer { return name }
    // A vocabulary whose merges reach every token is the same with and without the rule on whole pieces.
    guard
      let found = GGUFPreTokenizer.matching(pipeline.splitters, takesWholePieces: model.takesWholePieces)
        ?? GGUFPreTokenizer.matching(pipeline.splitters, takesWholePieces: false)
    else { throw refused("the splitters \(pipeline.splitters.map { $0.pattern ?? "\($0)" })") }
    return found.names[0]
  }

  /// llama.cpp merges wherever a token spells both parts; a list of merges that says the same becomes scores.
  private func ggufScores(vocabularySize: Int) throws -> [Float] {
    let padding = [Float](repeating: 0, count: vocabularySize - self.vocabularySize)
    if let scores = origin.scores {
      return scores + [Float](repeating: 0, count: vocabularySize - scores.count)
    }
    var scores = [Float](repeating: 0, count: self.vocabularySize)
    var place: Float = 0
    for pair in model.pairs.ordered where scores[Int(pair.merge.result)] == 0 {
      place -= 1
      scores[Int(pair.merge.result)] = place
    }
    let tokens = (0..<model.tokens.count).map {
      BytePairModel.ScoredToken(text: Array(model.tokens[UInt32($0)]), score: scores[$0])
    }
    let scored = try? BytePairModel.scored(tokens, byteTokens: model.byteTokens)
    let own = Set(model.pairs.entries.map { PairTable.key($0.left, $0.right) })
    let found = Set(
      (scored?.pairs.entries ?? []).filter { max($0.left, $0.right) < UInt32(model.tokens.count) }
        .map { PairTable.key($0.left, $0.right) })
    var seen: Set<UInt32> = []
    var last: UInt32?
    let isGrouped = model.pairs.ordered.allSatisfy { pair in
      defer { last = pair.merge.result }
      return pair.merge.result == last || seen.insert(pair.merge.result).inserted
    }
    guard own == found, isGrouped else {
      throw TokenizerError.inexpressible(format: "GGUF", found: "a list of merges that is no order of the tokens")
    }
    return scores + padding
  }

  private static func floats(_ values: [Float]) -> GGUFArray {
    let encoded = values.withUnsafeBytes { Data($0) }
    return GGUFArray(elementType: .float32, count: values.count, encoded: encoded)
  }
}
