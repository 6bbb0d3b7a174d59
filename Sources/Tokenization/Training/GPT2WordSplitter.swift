/// The words of GPT-2, as the pre-tokenizer `ByteLevel` cuts them.
package struct GPT2WordSplitter: WordSplitter {
  package init() {}

  package func forEachWord(in text: UnsafeRawBufferPointer, _ body: (Range<Int>) -> Void) {
    [Splitter.gpt2].forEachPiece(TextBytes(text.bindMemory(to: UInt8.self)), body)
  }
}
