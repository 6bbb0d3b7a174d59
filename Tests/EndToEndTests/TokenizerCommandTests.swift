import Foundation
import TestSupport
import Testing

@Suite struct TokenizerCommandTests {
  private let directory: TemporaryDirectory
  private static let text = String(repeating: "the theory of the thing is the thing itself, naïvely put\n", count: 20)

  init() throws {
    directory = try TemporaryDirectory()
    _ = try directory.file("text", Data(Self.text.utf8))
  }

  private func run(_ arguments: String...) throws -> CommandLineTool.Result {
    try CommandLineTool.run(["tokenizer"] + arguments, in: directory.url)
  }

  private func object(_ result: CommandLineTool.Result) throws -> [String: Any] {
    #expect(result.exitCode == 0, "\(result.errors)")
    return try #require(try JSONSerialization.jsonObject(with: Data(result.output.utf8)) as? [String: Any])
  }

  @Test func aTrainedTokenizerEncodesAndDecodes() throws {
    let trained = try object(try run("train", "text", "--vocab-size", "280", "--output", "own", "--json"))
    #expect(trained["vocabulary_size"] as? Int == 280)
    #expect(trained["merges"] as? Int == 23)
    for model in ["own", "own/tokenizer.json"] {
      let ids = try #require(try object(try run("encode", model, "--file", "text", "--json"))["ids"] as? [Int])
      #expect(ids.count < Self.text.utf8.count / 2)
      let list = ids.map(String.init).joined(separator: ",")
      #expect(try run("decode", model, "--ids", list).output == Self.text)
    }
    let inspected = try object(try run("inspect", "own", "--json"))
    #expect(inspected["kind"] as? String == "byte-level BPE")
    #expect(inspected["vocabulary_size"] as? Int == 280)
    #expect(inspected["merges"] as? Int == 23)
    #expect(inspected["pre_tokenizer"] as? String == "gpt-2")
    #expect(inspected["eos_token_id"] as? Int == 279)
    #expect(inspected["adds_bos"] as? Bool == false)
    #expect((inspected["fingerprint"] as? String)?.count == 64)
  }

  @Test func specialTokensAreTextUnlessTheyAreToBeParsed() throws {
    #expect(try run("train", "text", "--vocab-size", "280", "--output", "own").exitCode == 0)
    let plain = try run("encode", "own", "--text", "x<|endoftext|>").output.split(separator: " ")
    #expect(plain.count > 2)
    #expect(try run("encode", "own", "--text", "x<|endoftext|>", "--parse-special").output == "87 279\n")
    #expect(try run("decode", "own", "--ids", "87 279").output == "x<|endoftext|>")
    #expect(try run("decode", "own", "--ids", "87,279", "--skip-special").output == "x")
  }

  @Test func aShortTextIsSaidToGiveFewerTokens() throws {
    let result = try run("train", "text", "--vocab-size", "5000", "--output", "own")
    #expect(result.exitCode == 0)
    #expect(result.output.contains("of 5000 asked for: no other pair occurs 2 times"))
  }

  @Test func whatCannotBeDoneIsSaidBeforeAnythingIsStarted() throws {
    for (arguments, expected) in [
      (["train", "text", "--vocab-size", "256"], "at least 257"),
      (["train", "text", "--vocab-size", "300", "--special-token", "a"], "special token \"a\""),
      (["train", "text", "--vocab-size", "300", "--min-frequency", "0"], "--min-frequency"),
      (["encode", "own"], "--file or --text"),
      (["decode", "own", "--ids", "1,x"], "\"x\""),
    ] {
      let result = try CommandLineTool.run(["tokenizer"] + arguments, in: directory.url)
      #expect(result.exitCode == 2)
      #expect(result.errors.contains(expected))
    }
    let missing = try run("encode", "nowhere", "--text", "x")
    #expect(missing.exitCode == 1)
    #expect(missing.errors.contains("nowhere"))
    #expect(try directory.entries == ["text"])
  }
}
