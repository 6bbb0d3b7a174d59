/// The words of GPT-2's pre-tokenizer.
package struct GPT2WordSplitter: WordSplitter {
  package init() {}

  package func forEachWord(in text: UnsafeRawBufferPointer, _ body: (Range<Int>) -> Void) {
    text.withMemoryRebound(to: UInt8.self) { [Splitter.gpt2].forEachPiece(TextBytes($0), body) }
  }
}
