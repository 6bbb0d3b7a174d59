/// Cuts text into the words inside which tokens are merged.
package protocol WordSplitter: Sendable {
  /// Calls `body` with the bytes of each word; the words cover `text` in order.
  func forEachWord(in text: UnsafeRawBufferPointer, _ body: (Range<Int>) -> Void)
}
