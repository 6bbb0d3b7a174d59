import Testing

import Tokenization

@Suite struct ChatTemplateTests {
  private func text(_ template: ChatTemplate, _ messages: [ChatMessage], prompt: Bool = false) throws -> String {
    let tokenizer = try Conversations.tokenizer(template)
    let tokens = try template.render(messages, tokenizer: tokenizer, addingGenerationPrompt: prompt).tokens
    return String(decoding: try tokenizer.decode(tokens), as: UTF8.self)
  }

  @Test func templatesWriteConversationsTheirWay() throws {
    let messages = [
      Conversations.system("S"), Conversations.user(" U "), Conversations.assistant("A"), Conversations.user("V"),
    ]
    #expect(
      try text(.bitnet, messages, prompt: true)
        == "<|begin_of_text|>System: S<|eot_id|>User: U<|eot_id|>Assistant: A<|eot_id|>User: V<|eot_id|>Assistant: ")
    let turns = [("system", "S"), ("user", "U"), ("assistant", "A"), ("user", "V")].map {
      "<|start_header_id|>\($0.0)<|end_header_id|>\n\n\($0.1)<|eot_id|>"
    }
    #expect(
      try text(.llama3, messages, prompt: true)
        == "<|begin_of_text|>" + turns.joined() + "<|start_header_id|>assistant<|end_header_id|>\n\n")
    #expect(
      try text(.chatml, messages, prompt: true)
        == [("system", "S"), ("user", " U "), ("assistant", "A"), ("user", "V")].map {
          "<|im_start|>\($0.0)\n\($0.1)<|im_end|>\n"
        }.joined() + "<|im_start|>assistant\n")
    #expect(
      try text(.alpaca, messages, prompt: true)
        == "S\n\n### Instruction:\n U \n\n### Response:\nA<|endoftext|>### Instruction:\nV\n\n### Response:\n")
    #expect(try text(.plain, messages, prompt: true) == "S U A<|endoftext|>V")
  }

  @Test func alpacaNamesTheInputOfAnInstruction() {
    #expect(ChatTemplate.alpaca.content(instruction: "I", input: "x") == "I\n\n### Input:\nx")
    #expect(ChatTemplate.bitnet.content(instruction: "I", input: "x") == "I\n\nx")
    #expect(ChatTemplate.alpaca.content(instruction: "I", input: "") == "I")
  }

  /// Whatever is said, the trained tokens are the answers and their end tokens, and special tokens stand only where the
  /// template puts them.
  @Test(arguments: ChatTemplate.allCases)
  func trainedTokensAreTheAnswers(template: ChatTemplate) throws {
    var random = SystemRandomNumberGenerator()
    let tokenizer = try Conversations.tokenizer(template)
    let end = try template.endTokenID(tokenizer)
    for _ in 0..<500 {
      var messages = Conversations.random(using: &random, roles: template.roles)
      // What nothing precedes cannot be predicted.
      if template.specialTokens.count < 2 { messages.insert(Conversations.user("?"), at: 0) }
      let rendered = try template.render(messages, tokenizer: tokenizer)
      let trained = zip(rendered.tokens, rendered.isTrained).filter(\.1).map(\.0)
      let answers = messages.filter { $0.role == .assistant }.map {
        template.content(of: $0) + (template.endToken ?? "")
      }
      #expect(try tokenizer.decode(trained) == Array(answers.joined().utf8))
      #expect(trained.count { $0 == end } == answers.count)
      let first = tokenizer.specialTokens[0].id
      if first != end, template.name != "chatml" { #expect(rendered.tokens.count { $0 == first } == 1) }
      if let start = tokenizer.specialTokenID("<|im_start|>") {
        #expect(rendered.tokens.count { $0 == start } == messages.count)
      }
      #expect(rendered.isTrained.count == rendered.tokens.count && rendered.isTrained.first != true)
    }
  }

  @Test(arguments: ChatTemplate.allCases)
  func generationPromptIsHowAnswersBegin(template: ChatTemplate) throws {
    let tokenizer = try Conversations.tokenizer(template)
    let question = [Conversations.user("Q")]
    let prompt = try template.render(question, tokenizer: tokenizer, addingGenerationPrompt: true)
    let whole = try template.render(question + [Conversations.assistant("A")], tokenizer: tokenizer)
    #expect(whole.tokens.starts(with: prompt.tokens))
    #expect(whole.isTrained.firstIndex(of: true) == prompt.tokens.count)
    #expect(!prompt.isTrained.contains(true))
  }

  @Test(arguments: ChatTemplate.allCases)
  func inputsAreTrainedWhenAskedFor(template: ChatTemplate) throws {
    let rendered = try template.render(
      Conversations.fixtures[1], tokenizer: Conversations.tokenizer(template), trainsOnInput: true)
    #expect(rendered.isTrained.first == false && !rendered.isTrained.dropFirst().contains(false))
  }

  @Test func earlierAnswersCanBeLeftOut() throws {
    let tokenizer = try Conversations.tokenizer(.bitnet)
    let rendered = try ChatTemplate.bitnet.render(
      Conversations.fixtures[1], tokenizer: tokenizer, firstTrainedMessage: 3)
    let trained = zip(rendered.tokens, rendered.isTrained).filter(\.1).map(\.0)
    #expect(try tokenizer.decode(trained) == Array("It's 6.<|eot_id|>".utf8))
  }

  @Test func whatCannotBeWrittenIsRefused() throws {
    let plain = try Conversations.tokenizer(.plain)
    #expect(throws: ChatTemplateError.noMessages(template: .plain)) {
      try ChatTemplate.plain.render([], tokenizer: plain)
    }
    #expect(
      throws: ChatTemplateError.missingSpecialToken(
        template: .bitnet, text: "<|begin_of_text|>", known: ["<|endoftext|>"])
    ) { try ChatTemplate.bitnet.render(Conversations.fixtures[0], tokenizer: plain) }
    let tool = [Conversations.user("?"), ChatMessage(role: .tool, content: "4")]
    let refusal = ChatTemplateError.inexpressibleRole(template: .plain, role: .tool, messageIndex: 1)
    #expect(throws: refusal) { try ChatTemplate.plain.render(tool, tokenizer: plain) }
    #expect("\(refusal)".contains("bitnet, llama3, chatml"))
    #expect(throws: Never.self) { try ChatTemplate.chatml.render(tool, tokenizer: Conversations.tokenizer(.chatml)) }
  }

  @Test func missingSpecialTokensAreAdded() throws {
    let tokenizer = try ByteTokenizer(specialTokens: ["<|a|>", "<|endoftext|>"])
    let same = try tokenizer.adding(specialTokens: ["<|endoftext|>"])
    #expect(same == tokenizer)
    let more = try tokenizer.adding(specialTokens: ChatTemplate.bitnet.specialTokens)
    #expect(more.specialTokens.map(\.text) == ["<|a|>", "<|endoftext|>", "<|begin_of_text|>", "<|eot_id|>"])
    #expect(more.endOfSequenceTokenID == 257)
    #expect(try more.adding(specialTokens: [], endOfSequence: "<|eot_id|>").endOfSequenceTokenID == 259)
    #expect(try ByteTokenizer().adding(specialTokens: ["<|x|>"]).endOfSequenceTokenID == nil)
  }
}
