// To be deleted when the engine is merged: the least of it that the training and its commands need to compile.

import Foundation

/// The pattern of GPT-2, slowly.
package struct GPT2WordSplitter: WordSplitter {
  package init() {}

  private enum Kind { case letter, number, space, other }

  package func forEachWord(in text: UnsafeRawBufferPointer, _ body: (Range<Int>) -> Void) {
    var start = 0
    while start < text.count {
      let end = endOfWord(text, start)
      body(start..<end)
      start = end
    }
  }

  private func endOfWord(_ text: UnsafeRawBufferPointer, _ start: Int) -> Int {
    if text[start] == 0x27 {
      for contraction in ["s", "t", "re", "ve", "m", "ll", "d"] {
        let end = start + 1 + contraction.utf8.count
        if end <= text.count, text[start + 1..<end].elementsEqual(contraction.utf8) { return end }
      }
    }
    var (kind, next) = kind(text, start)
    if text[start] == 0x20, start + 1 < text.count {
      let second = self.kind(text, start + 1)
      if second.0 != .space { (kind, next) = second }
    }
    var end = next
    var last = start
    while end < text.count {
      let following = self.kind(text, end)
      guard following.0 == kind else { break }
      last = end
      end = following.1
    }
    // White space before a word leaves its last character to it.
    if kind == .space, end < text.count, last > start { return last }
    return end
  }

  private func kind(_ text: UnsafeRawBufferPointer, _ start: Int) -> (Kind, Int) {
    let byte = text[start]
    if byte < 0x80 {
      switch byte {
      case 0x41...0x5A, 0x61...0x7A: return (.letter, start + 1)
      case 0x30...0x39: return (.number, start + 1)
      case 9...13, 0x20, 0x1C...0x1F: return (byte >= 0x1C && byte < 0x20 ? .other : .space, start + 1)
      default: return (.other, start + 1)
      }
    }
    let length = byte >= 0xF0 ? 4 : byte >= 0xE0 ? 3 : 2
    let end = min(text.count, start + length)
    guard let scalar = String(decoding: text[start..<end], as: UTF8.self).unicodeScalars.first, scalar != "\u{FFFD}"
    else { return (.other, start + 1) }
    let properties = scalar.properties
    if properties.isWhitespace { return (.space, end) }
    switch properties.generalCategory {
    case .uppercaseLetter, .lowercaseLetter, .titlecaseLetter, .modifierLetter, .otherLetter: return (.letter, end)
    case .decimalNumber, .letterNumber, .otherNumber: return (.number, end)
    default: return (.other, end)
    }
  }
}

package enum TokenizerFiles {
  package static func open(_ url: URL) throws -> any Tokenizer {
    try ByteTokenizer(folder: url.deletingLastPathComponent())
  }
  package static func isTokenizer(folder: URL) -> Bool {
    FileManager.default.fileExists(atPath: folder.appendingPathComponent("tokenizer.json").path)
  }
  package static func open(folder: URL) throws -> any Tokenizer { try ByteTokenizer(folder: folder) }
}

extension Tokenizer {
  package func encode(_ text: String, parsingSpecialTokens: Bool) -> [Int32] { encode(text) }
  package func encodeSequence(_ text: String, parsingSpecialTokens: Bool) -> [Int32] { encode(text) }
  package func safeCut(in text: UnsafeRawBufferPointer, near position: Int) -> Int {
    WordCounts.safeCut(in: text, from: position)
  }
  package var beginningOfSequenceTokenID: Int32? { nil }
  package var addsBeginningOfSequence: Bool { false }
  package var addsEndOfSequence: Bool { false }
  package var fingerprint: String { "" }
}

package struct TokenizerDescription {
  package let kind = "bytes"
  package let mergeCount = 0
  package let preTokenizer: String? = nil
  package init(_ tokenizer: any Tokenizer) {}
}
