import FileFormats
import Foundation
import Inference
import Kernels
import Models
import Testing
import TestSupport
import Tokenization

/// The README's generation example is the file in Examples/, word for word, and it generates.
@Suite struct ReadmeExampleTests {
  @Test func textIsContinued() async throws {
    let configuration = RandomModels.configuration(vocabulary: 256)
    let directory = try TemporaryDirectory()
    let source = Decoder(configuration, seed: 7)
    let values = Dictionary(uniqueKeysWithValues: source.namedParameters.map { ($0, $1.value.scalars) })
    try TestFolder.write(configuration, .bfloat16, to: directory.url) { values[$0.name] ?? [] }
    for (name, data) in try ByteTokenizer().files(maximumLength: 320) {
      try data.write(to: directory.url.appendingPathComponent(name))
    }
    let text = try await continueText("The ", modelFolder: directory.url, maximumNewTokens: 20)
    let session = InferenceSession(try RuntimeModel(folder: directory.url))
    let expected = try Generation(
      prompt: ByteTokenizer().encode("The "), session: session, tokenizer: ByteTokenizer(),
      options: GenerationOptions(maximumNewTokens: 20)
    ).run()
    #expect(text == expected && !text.isEmpty)
  }

  @Test func readmeShowsTheCompiledFile() throws {
    let tests = URL(fileURLWithPath: #filePath).deletingLastPathComponent()
    let example = try String(contentsOf: tests.appending(path: "Examples/TextContinuation.swift"), encoding: .utf8)
    let readme = try String(contentsOf: tests.appending(path: "../../README.md"), encoding: .utf8)
    #expect(
      readme.contains("```swift\n" + example + "```\n"), "README.md does not show Examples/TextContinuation.swift")
  }
}
