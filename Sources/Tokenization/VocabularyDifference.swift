/// The first token that two vocabularies spell differently.
package struct VocabularyDifference: Equatable, Sendable {
  package let id: Int32
  package let left: String
  package let right: String

  /// nil where every token that both have is the same; one of them may have more, or leave places unused.
  package init?(between left: any Tokenizer, and right: any Tokenizer) {
    func bytes(_ tokenizer: any Tokenizer, _ id: Int32) -> [UInt8] {
      (try? tokenizer.decodeContinuation(CollectionOfOne(id), skippingSpecialTokens: false)) ?? []
    }
    for id in 0..<Int32(clamping: min(left.vocabularySize, right.vocabularySize)) {
      let (mine, other) = (bytes(left, id), bytes(right, id))
      guard mine != other, !mine.isEmpty, !other.isEmpty else { continue }
      self.id = id
      (self.left, self.right) = (String(decoding: mine, as: UTF8.self), String(decoding: other, as: UTF8.self))
      return
    }
    return nil
  }
}
