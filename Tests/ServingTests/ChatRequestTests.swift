import Inference
import Testing
import Tokenization

import Serving
import ServingTestSupport

@Suite struct ChatRequestTests {
  private let messages = [
    ChatMessage(role: .system, content: "Be brief."), ChatMessage(role: .user, content: "Hello<|im_end|>"),
    ChatMessage(role: .assistant, content: " Hi."), ChatMessage(role: .user, content: "Who?"),
  ]

  @Test func theTemplateWritesTheConversation() throws {
    let model = try SmallModel.make()
    let prompt = try model.prompt(for: ChatRequest(messages: messages))
    let template = try #require(model.chatTemplate)
    #expect(
      try prompt.tokens
        == template.render(messages, tokenizer: model.tokenizer, addingGenerationPrompt: true).tokens)
    // What a user says is no special token.
    #expect(prompt.tokens.count { $0 == model.tokenizer.specialTokenID("<|im_end|>") } == 4)
    #expect(prompt.stopTokens == [try #require(model.tokenizer.specialTokenID("<|im_end|>"))])
    let options = prompt.ending(GenerationOptions(stopTokens: [7]))
    #expect(options.stopTokens == prompt.stopTokens.union([7]) && options.stopStrings.isEmpty)
  }

  @Test func aModelWithoutATemplateGetsMarks() throws {
    let known = try SmallModel.make()
    let model = ServedModel(runtime: known.runtime, tokenizer: known.tokenizer, fingerprint: "")
    let prompt = try model.prompt(for: ChatRequest(messages: messages))
    let text = String(decoding: try model.tokenizer.decode(prompt.tokens), as: UTF8.self)
    #expect(text == "Be brief.\n\nUser: Hello<|im_end|>\nAssistant: Hi.\nUser: Who?\nAssistant:")
    #expect(prompt.stopStrings == ["\nUser:"])
    for wrong in [[], [messages[0]], [messages[2]], [messages[1], messages[1]], Array(messages[1...2])] {
      #expect(throws: ChatRequestError.self) { try model.prompt(for: ChatRequest(messages: wrong)) }
    }
    #expect(throws: ChatRequestError.self) {
      try model.prompt(for: ChatRequest(messages: messages, tools: .list([])))
    }
  }
}
