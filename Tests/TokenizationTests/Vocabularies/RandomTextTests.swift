import Foundation
import TestSupport
import Testing
import Tokenization

private let tokenizersInterpreter =
  ProcessInfo.processInfo.environment["BITNET_PYTHON"].flatMap { $0.isEmpty ? nil : $0 }

/// Random Unicode, encoded here and by the Python library `tokenizers` from the tokenizer.json that we write.
@Suite(.enabled(if: tokenizersInterpreter != nil, "BITNET_PYTHON names no interpreter with `tokenizers`"))
struct RandomTextTests {
  private static let script = """
    import json, sys
    from tokenizers import Tokenizer
    tokenizer = Tokenizer.from_file("tokenizer.json")
    texts = json.load(open("texts.json", encoding="utf-8"))
    json.dump([tokenizer.encode(text).ids for text in texts], open("ids.json", "w"))
    """

  private static let spices = [
    "'s", "'LL", "don't", "123", "  ", "\n\n", "\r\n", "\t", "<|endoftext|>", "<s>", "</s>", "\u{301}", "e\u{301}",
    "\u{1100}\u{1161}", "\u{2581}", "\u{A0}", "\u{3000}", "\u{17F}", "'\u{17F}", "\u{7FD}\u{301}",
  ]

  private static let ranges: [ClosedRange<UInt32>] = [
    0x20...0x7E, 0x00...0x20, 0xA0...0x7FF, 0x800...0xD7FF, 0xE000...0xFFFF, 0x10000...0x1FFFF, 0x1F300...0x1FAFF,
    0x20000...0x10FFFF,
  ]

  private static func text(_ random: inout some RandomNumberGenerator) -> String {
    var text = String.UnicodeScalarView()
    for _ in 0..<Int.random(in: 0...20, using: &random) {
      let kind = Int.random(in: 0..<ranges.count + 4, using: &random)
      if kind < ranges.count {
        let code = UInt32.random(in: ranges[kind], using: &random)
        if let scalar = Unicode.Scalar(code) { text.append(scalar) }
      } else if kind < ranges.count + 2 {
        text.append(contentsOf: spices[Int.random(in: 0..<spices.count, using: &random)].unicodeScalars)
      } else {
        text.append(Unicode.Scalar(UInt8.random(in: 0x61...0x7A, using: &random)))
      }
    }
    return String(text)
  }

  @Test(arguments: ["gpt-2", "starcoder", "deepseek-coder", "falcon", "llama-spm"])
  func idsAreThoseOfTokenizers(name: String) throws {
    guard ReferenceTexts.isThere else { return print("SKIPPED: the vocabulary \(name) is not beside the package") }
    let folder = try TemporaryDirectory()
    let tokenizer = try TokenizerFiles.open(ReferenceTexts.folder.appendingPathComponent(name + ".gguf"))
    for (file, data) in try tokenizer.files(maximumLength: 512, chatTemplate: nil) { _ = try folder.file(file, data) }
    var random = SystemRandomNumberGenerator()
    let texts = (0..<20_000).map { _ in Self.text(&random) }
    _ = try folder.file("texts.json", JSONEncoder().encode(texts))
    let process = Process()
    process.executableURL = URL(filePath: tokenizersInterpreter ?? "python3")
    process.arguments = ["-c", Self.script]
    process.currentDirectoryURL = folder.url
    try process.run()
    process.waitUntilExit()
    try #require(process.terminationStatus == 0)
    let data = try Data(contentsOf: folder.url.appendingPathComponent("ids.json"))
    let expected = try JSONDecoder().decode([[Int32]].self, from: data)
    #expect(expected.count == texts.count)
    var differences: [String] = []
    for (text, ids) in zip(texts, expected) where tokenizer.encodeSequence(text, parsingSpecialTokens: true) != ids {
      differences.append(text.debugDescription)
    }
    #expect(differences.isEmpty, "\(name): \(differences.count), first \(differences.prefix(3))")
  }
}
