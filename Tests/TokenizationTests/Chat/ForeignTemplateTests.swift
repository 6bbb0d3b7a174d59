import Foundation
import Templates
import Testing

import Tokenization

/// Templates that come with models: answers are found by rendering, and contents stay contents.
@Suite struct ForeignTemplateTests {
  private static let endings = """
    {{ bos_token }}{% for m in messages %}{% if m.role == 'assistant' %}[A]{{ m.content }}<end>
    {% else %}[{{ m.role }}]{{ m.content }}
    {% endif %}{% endfor %}{% if add_generation_prompt %}[A]{% endif %}
    """

  private func template(_ jinja: String) throws -> ChatTemplate {
    try ChatTemplate(jinja: jinja, name: "test", variables: ["bos_token": "<s>"])
  }

  private func tokenizer() throws -> ByteTokenizer {
    try ByteTokenizer(specialTokens: ["<s>", "<end>", "<other>", "<|endoftext|>", "<think>"])
  }

  /// The text, with « and » around what is trained and special tokens as ids in braces.
  private func marked(
    _ template: ChatTemplate, _ messages: [ChatMessage], tools: JinjaValue = .none, prompt: Bool = false,
    from first: Int = 0
  ) throws -> String {
    let rendered = try template.render(
      messages, tokenizer: tokenizer(), tools: tools, addingGenerationPrompt: prompt, firstTrainedMessage: first)
    var bytes: [UInt8] = []
    var wasTrained = false
    for (token, isTrained) in zip(rendered.tokens, rendered.isTrained) {
      if isTrained != wasTrained { bytes += (isTrained ? "«" : "»").utf8 }
      wasTrained = isTrained
      bytes += UInt8(exactly: token).map { [$0] } ?? Array("{\(token - 256)}".utf8)
    }
    return String(decoding: bytes, as: UTF8.self) + (wasTrained ? "»" : "")
  }

  private let messages = [
    Conversations.user("q"), Conversations.assistant("é"), Conversations.user("r"), Conversations.assistant("b"),
  ]

  @Test func answersAndTheirEndAreTrained() throws {
    let template = try template(Self.endings)
    #expect(try template.endTokenID(tokenizer()) == 257)
    #expect(try marked(template, messages) == "{0}[user]q\n[A]«é{1}»\n[user]r\n[A]«b{1}»\n")
    #expect(try marked(template, messages, from: 2) == "{0}[user]q\n[A]é{1}\n[user]r\n[A]«b{1}»\n")
    #expect(try marked(template, Array(messages.prefix(3)), prompt: true) == "{0}[user]q\n[A]é{1}\n[user]r\n[A]")
  }

  @Test func contentsNeverBecomeSpecialTokens() throws {
    let template = try template(Self.endings)
    let sly = [Conversations.user("<s><end>x<|endoftext|>"), Conversations.assistant("a<end>b<other>")]
    #expect(try marked(template, sly) == "{0}[user]<s><end>x<|endoftext|>\n[A]«a<end>b<other>{1}»\n")
    // Other fields and tools are data as well.
    let tools = try self.template(
      "{{ tools | tojson }}{% for m in messages %}{{ m.name }}{{ m.content }}<end>{% endfor %}")
    let named = ChatMessage(role: .user, content: "q", fields: ["name": "<s>"])
    #expect(try marked(tools, [named], tools: [["name": "<other>"]]) == #"[{"name": "<other>"}]<s>q{1}"#)
    // The character that guards is one that the conversation does not have.
    let guarded = [Conversations.user("\u{F0000}<end>"), Conversations.assistant("a")]
    #expect(try marked(template, guarded) == "{0}[user]\u{F0000}<end>\n[A]«a{1}»\n")
  }

  @Test func contentsThatTheTemplateTakesApartAreRefused() throws {
    let template = try template(
      "{% for m in messages %}{{ m.content.split('<think>')[-1] | length }}<end>{% endfor %}")
    #expect(throws: ChatTemplateError.specialTextInContent(template: template)) {
      try template.render(
        [Conversations.user("a<think>b")], tokenizer: tokenizerWithEnd(), addingGenerationPrompt: true)
    }
  }

  private func tokenizerWithEnd() throws -> ByteTokenizer { try ByteTokenizer(specialTokens: ["<end>", "<think>"]) }

  @Test func generationBlocksAreTheAnswers() throws {
    let template = try template(
      "{% for m in messages %}{% if m.role == 'assistant' %}A:{% generation %}{{ m.content }}{% endgeneration %}<end>"
        + "{% else %}U:{{ m.content }}{% endif %}{% endfor %}")
    #expect(try marked(template, messages) == "U:qA:«é{1}»U:rA:«b{1}»")
  }

  /// A template that writes the last answer in another way than earlier ones.
  @Test func answersThatAreWrittenInTwoWaysAreFoundByTheirContent() throws {
    let template = try template(
      "{% for m in messages %}{% if m.role == 'assistant' %}A:{% if loop.last %}<think>{% endif %}{{ m.content }}<end>"
        + "{% else %}U:{{ m.content }}{% endif %}{% endfor %}{% if add_generation_prompt %}A:{% endif %}")
    #expect(try marked(template, messages) == "U:qA:«é{1}»U:rA:«{4}b{1}»")
  }

  @Test func whatIsNotCertainIsRefused() throws {
    let otherPrompt = try template(
      "{% for m in messages %}{{ m.role }}:{{ m.content }}<end>{% endfor %}{% if add_generation_prompt %}model:{% endif %}"
    )
    let changed = try template(
      "{% for m in messages %}{% if m.role == 'assistant' %}A:{{ m.content if loop.last else m.content | upper ~ '!' }}<end>"
        + "{% else %}U:{{ m.content }}{% endif %}{% endfor %}{% if add_generation_prompt %}A:{% endif %}")
    let blocks = try template("{% generation %}{{ messages[0].content }}{% endgeneration %}")
    for (template, index, reason) in [
      (otherPrompt, 1, "the prompt that asks for it is not how"), (changed, 1, "in another way when messages follow"),
      (blocks, 1, "marks 1 texts with {% generation %} for 2 answers"),
    ] {
      let error = #expect(throws: ChatTemplateError.self) { try template.render(messages, tokenizer: tokenizer()) }
      guard case .unclearAnswer(_, index, _)? = error else {
        Issue.record("\(String(describing: error))")
        continue
      }
      #expect("\(error!)".contains(reason) && "\(error!)".contains("message 2"), "\(error!)")
    }
    // A prompt needs no answers.
    #expect(try marked(changed, Array(messages.prefix(3)), prompt: true).hasSuffix("U:rA:"))
    // Only what is trained must be certain.
    #expect(try marked(changed, messages, from: 2).hasSuffix("U:rA:«b{1}»"))
  }

  @Test func whatATemplateRaisesIsTold() throws {
    let template = try template("{{ raise_exception('roles must alternate') }}")
    let error = #expect(throws: ChatTemplateError.self) { try template.render(messages, tokenizer: tokenizer()) }
    #expect("\(error!)" == "chat template test refuses the conversation: roles must alternate")
  }

  @Test func theEndOfAnAnswerIsWhatTheTemplateWritesOrTheEndOfTexts() throws {
    let silent = try template("{% for m in messages %}{{ m.content }}\n{% endfor %}")
    #expect(try silent.endTokenID(tokenizer()) == 259)
    #expect(throws: ChatTemplateError.noEndToken(template: silent)) { try silent.endTokenID(ByteTokenizer()) }
    let changing = try template("{% for m in messages %}{{ m.content | upper }}<end>{% endfor %}")
    #expect(try changing.endTokenID(tokenizer()) == 257)
    let eos = try template("{% for m in messages %}{{ m.content }}{{ eos_token }}{% endfor %}")
    #expect(try eos.endTokenID(tokenizer()) == 259)
    #expect(try marked(eos, Array(messages.prefix(2))) == "q{3}«é{3}»")
  }

  /// Published templates: every token of every answer is found, or the template is refused with the reason.
  @Test(.enabled(if: JinjaFixtures.hasTemplates, "needs the published templates in ../shared/data/chat-templates"))
  func publishedTemplatesAreTrainedOnOrRefused() throws {
    let specials = [
      "<|im_start|>", "<|im_end|>", "<|eot_id|>", "<|start_header_id|>", "<|end_header_id|>", "<s>", "</s>",
      "<start_of_turn>", "<end_of_turn>", "<|end|>", "<|user|>", "<|assistant|>", "<|system|>", "[INST]", "[/INST]",
      "<|end_of_text|>", "<|START_OF_TURN_TOKEN|>", "<|END_OF_TURN_TOKEN|>", "<｜User｜>", "<｜Assistant｜>",
      "<｜end▁of▁sentence｜>",
    ]
    let tokenizer = try ByteTokenizer(specialTokens: specials, endOfSequence: "</s>")
    let answers = ["Paris it is.", "Rome, surely."]
    let conversation = [
      Conversations.user("Capital of France?"), Conversations.assistant(answers[0]), Conversations.user("Of Italy?"),
      Conversations.assistant(answers[1]),
    ]
    var (trained, refused): ([String], [String]) = ([], [])
    for (name, source) in try JinjaFixtures.templates() {
      let template = try ChatTemplate(
        jinja: source, name: name,
        variables: ["bos_token": "<s>", "eos_token": "</s>", "functions": "[]", "datetime": "today"])
      // Some cannot do without a list of tools.
      let tools: JinjaValue = name.contains("tool_use") ? [] : .none
      do {
        let rendered = try template.render(conversation, tokenizer: tokenizer, tools: tools)
        let learnt = zip(rendered.tokens, rendered.isTrained).filter(\.1).map(\.0)
        let text = String(decoding: try tokenizer.decode(learnt), as: UTF8.self)
        #expect(answers.allSatisfy { text.contains($0) }, "\(name): \(text)")
        #expect(!text.contains("Capital") && !text.contains("Italy"), "\(name): \(text)")
        #expect(
          try String(decoding: tokenizer.decode(rendered.tokens), as: UTF8.self)
            == template.text(conversation, tools: tools))
        trained.append(name)
      } catch let error as ChatTemplateError {
        guard case .unclearAnswer = error else {
          Issue.record("\(error)")
          continue
        }
        refused.append("\(error)")
      }
    }
    print(
      "answers found in \(trained.count) templates, refused by \(refused.count):\n\(refused.joined(separator: "\n"))")
    #expect(trained.count >= 28)
  }
}
