import Foundation
import Kernels
import Testing

import Tokenization

@Suite struct ByteTokenizerTests {
  @Test func idsAreBytes() throws {
    let tokenizer = ByteTokenizer()
    #expect(tokenizer.vocabularySize == 256)
    #expect(tokenizer.encode("aé") == [97, 0xC3, 0xA9])
    let all = Array(UInt8.min...UInt8.max)
    #expect(tokenizer.encode(bytes: all) == (0..<256).map(Int32.init))
    #expect(try tokenizer.decode(tokenizer.encode(bytes: all)) == all)
    #expect(tokenizer.endOfSequenceTokenID == nil)
  }

  @Test func randomBytesComeBack() throws {
    let tokenizer = try ByteTokenizer(specialTokens: ["<|endoftext|>"])
    var random = RandomStream(seed: 1, purpose: .sampling)
    for length in [0, 1, 2, 1000, 65_537] {
      let bytes = (0..<length).map { _ in UInt8.random(in: .min ... .max, using: &random) }
      #expect(try tokenizer.decode(tokenizer.encode(bytes: bytes)) == bytes)
    }
  }

  @Test func specialTokensFollowTheBytes() throws {
    let tokenizer = try ByteTokenizer(specialTokens: ["<|user|>", "<|endoftext|>"])
    #expect(tokenizer.vocabularySize == 258)
    #expect(tokenizer.specialTokenID("<|user|>") == 256)
    #expect(tokenizer.endOfSequenceTokenID == 257)
    // Plain text never becomes a special token.
    #expect(tokenizer.encode("<|user|>") == "<|user|>".utf8.map(Int32.init))
    #expect(try tokenizer.decode([256, 104, 105, 257]) == Array("<|user|>hi<|endoftext|>".utf8))
    #expect(try tokenizer.decode([256, 104, 105, 257], skippingSpecialTokens: true) == Array("hi".utf8))
  }

  @Test(arguments: [Int32(-1), 257, .min, .max])
  func unknownIdsAreRefused(id: Int32) throws {
    let tokenizer = try ByteTokenizer(specialTokens: ["<|end|>"])
    #expect(throws: TokenizerError.tokenOutOfRange(id: id, vocabularySize: 257)) {
      try tokenizer.decode([97, id])
    }
  }

  @Test func impossibleSpecialTokensAreRefused() {
    for texts in [[""], ["<a>", "<a>"], ["a"], ["Ġ"]] {
      #expect(throws: TokenizerError.self) { try ByteTokenizer(specialTokens: texts) }
    }
    #expect(throws: TokenizerError.self) { try ByteTokenizer(specialTokens: ["<a>"], endOfSequence: "<b>") }
  }
}
