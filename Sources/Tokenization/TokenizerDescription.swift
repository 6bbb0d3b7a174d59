/// What a tokenizer consists of, in words.
package struct TokenizerDescription {
  package let kind: String
  /// Pairs that become one token.
  package let mergeCount: Int
  /// How a text is cut before pairs are merged; nil: not at all.
  package let preTokenizer: String?

  package init(_ tokenizer: any Tokenizer) {
    guard let learned = tokenizer as? TextTokenizer else {
      kind = "bytes"
      mergeCount = 0
      preTokenizer = nil
      return
    }
    kind = learned.model.units == .bytes ? "byte-level BPE" : "BPE of characters with byte fallback"
    mergeCount = learned.model.pairs.count
    let steps = learned.pipeline.splitters.map(Self.name) + (learned.pipeline.isCutAtSpaces ? ["every space"] : [])
    preTokenizer = steps.isEmpty ? nil : steps.joined(separator: ", then ")
  }

  private static func name(_ splitter: Splitter) -> String {
    switch splitter {
    case .gpt2: "gpt-2"
    case .llama3(let digits): digits == 1 ? "qwen-2" : "llama-3 (\(digits) digits)"
    case .cased(let digits, _): digits == 1 ? "tekken" : "gpt-4o (\(digits) digits)"
    case .runs(let pattern): "\(pattern)"
    case .trailingWhiteSpace: "white space at the end"
    }
  }
}
