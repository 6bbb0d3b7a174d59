import Foundation
import Inference
import Serving
import ServingTestSupport
import TestSupport
import Testing
import Tokenization

/// The README's example of an engine is the file in Examples/, word for word, and it answers.
@Suite struct ReadmeExampleTests {
  @Test func questionsAreAnswered() async throws {
    let directory = try TemporaryDirectory()
    let tokenizer = try #require(SmallModel.tokenizer)
    try SmallModel.write(to: directory.url)
    for (name, data) in try tokenizer.files(maximumLength: 160, chatTemplate: ChatTemplate.chatml.jinja) {
      try data.write(to: directory.url.appendingPathComponent(name))
    }
    let model = try ServedModel(path: directory.url.path)
    #expect(model.chatTemplate == .chatml && model.fingerprint.count == 64)
    let questions = ["Who?", "Where?", "Who?"]
    let found = try await answers(to: questions, modelPath: directory.url.path, maximumNewTokens: 20)
    let expected = try questions.map { question in
      let prompt = try model.prompt(for: ChatRequest(messages: [ChatMessage(role: .user, content: question)]))
      return try Generation(
        prompt: prompt.tokens, session: InferenceSession(model.runtime, cache: .float16), tokenizer: tokenizer,
        options: prompt.ending(GenerationOptions(maximumNewTokens: 20))
      ).run()
    }
    #expect(found == expected && found.contains { !$0.isEmpty })
  }

  @Test func readmeShowsTheCompiledFile() throws {
    let tests = URL(fileURLWithPath: #filePath).deletingLastPathComponent()
    let example = try String(contentsOf: tests.appending(path: "Examples/AnsweredQuestions.swift"), encoding: .utf8)
    let readme = try String(contentsOf: tests.appending(path: "../../README.md"), encoding: .utf8)
    #expect(
      readme.contains("```swift\n" + example + "```\n"), "README.md does not show Examples/AnsweredQuestions.swift")
  }
}
