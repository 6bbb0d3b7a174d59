/// What a tokenizer is made of, for people.
package struct TokenizerDescription {
  package let kind: String
  package let mergeCount: Int
  /// nil: the text is not cut before tokens are merged.
  package let preTokenizer: String?

  package init(_ tokenizer: any Tokenizer) {
    guard let learned = tokenizer as? TextTokenizer else {
      (kind, mergeCount, preTokenizer) = ("bytes", 0, nil)
      return
    }
    kind = learned.model.units == .characters ? "pairs of characters" : "pairs of bytes"
    mergeCount = learned.model.pairs.count
    let splitters = learned.pipeline.splitters.map { "\($0)" }
    preTokenizer = learned.origin.ggufPreTokenizer ?? (splitters.isEmpty ? nil : splitters.joined(separator: ", "))
  }
}
