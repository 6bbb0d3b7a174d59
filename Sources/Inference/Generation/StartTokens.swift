import Tokenization

extension RuntimeModel {
  /// The tokens of a text that is to be continued, behind the token that begins a text, where the tokenizer puts one. A text
  /// can begin from nothing when the model knows a token for that.
  package func startTokens(of text: some Collection<UInt8>, _ tokenizer: any Tokenizer) -> [Int32] {
    let beginning = tokenizer.beginningOfSequenceTokenID ?? architecture.beginningOfSequenceTokenID.map(Int32.init)
    let tokens = text.isEmpty ? [] : tokenizer.encode(bytes: text)
    guard text.isEmpty || tokenizer.addsBeginningOfSequence, let beginning else { return tokens }
    return [beginning] + tokens
  }
}
