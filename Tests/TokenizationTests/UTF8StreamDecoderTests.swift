import Kernels
import Testing

import Tokenization

@Suite struct UTF8StreamDecoderTests {
  @Test func emitsOnlyCompleteCharacters() {
    var decoder = UTF8StreamDecoder()
    let bytes = Array("aé€😀".utf8)
    let pieces = bytes.map { decoder.decode([$0]) }
    #expect(pieces == ["a", "", "é", "", "", "€", "", "", "", "😀"])
    #expect(decoder.finish() == "")
  }

  @Test func invalidBytesAreReplacedAtOnce() {
    var decoder = UTF8StreamDecoder()
    #expect(decoder.decode([0xFF]) == "\u{FFFD}")
    #expect(decoder.decode([0xC0]) == "\u{FFFD}")
    #expect(decoder.decode([0x80]) == "\u{FFFD}")
    #expect(decoder.decode([0xE2, 0x82]) == "")
    #expect(decoder.decode([0x41]) == "\u{FFFD}A")
    // An encoded surrogate can never become valid.
    #expect(decoder.decode([0xED, 0xA0]) == "\u{FFFD}\u{FFFD}")
    #expect(decoder.decode([0xF0, 0x9F]) == "")
    #expect(decoder.finish() == "\u{FFFD}")
    #expect(decoder.finish() == "")
  }

  /// However a text is cut, the pieces make what decoding it at once makes.
  @Test func cutsDoNotMatter() {
    var random = RandomStream(seed: 2, purpose: .sampling)
    // Bytes that begin, continue and break characters are likelier than in uniform noise.
    let alphabet: [UInt8] = [0x41, 0x80, 0x9F, 0xA0, 0xBF, 0xC2, 0xE0, 0xE2, 0xED, 0xF0, 0xF4, 0xF5, 0x8F, 0x90, 0xFF]
    for _ in 0..<3000 {
      let bytes = (0..<Int.random(in: 0...12, using: &random)).map { _ in
        alphabet[Int.random(in: 0..<alphabet.count, using: &random)]
      }
      var decoder = UTF8StreamDecoder()
      var text = ""
      var rest = bytes[...]
      while !rest.isEmpty {
        let count = Int.random(in: 1...min(4, rest.count), using: &random)
        text += decoder.decode(rest.prefix(count))
        rest = rest.dropFirst(count)
      }
      text += decoder.finish()
      #expect(text.unicodeScalars.elementsEqual(String(decoding: bytes, as: UTF8.self).unicodeScalars), "\(bytes)")
    }
  }
}
