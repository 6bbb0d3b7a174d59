import Templates
import Testing
import Tokenization

/// Templates disagree about how they want calls of tools.
@Suite(.enabled(if: JinjaFixtures.hasTemplates, "needs the published templates in ../shared/data/chat-templates"))
struct ToolCallFormTests {
  @Test(arguments: [
    ("Qwen-Qwen2.5-7B-Instruct", ToolCallForm(argumentsAreText: false, contentIsEmpty: false)),
    // It looks for thoughts in the content.
    ("Qwen-Qwen3-0.6B", ToolCallForm(argumentsAreText: false, contentIsEmpty: true)),
    ("meta-llama-Llama-3.1-8B-Instruct", ToolCallForm(argumentsAreText: false, contentIsEmpty: false)),
    ("mistralai-Mistral-Nemo-Instruct-2407", ToolCallForm(argumentsAreText: false, contentIsEmpty: false)),
    // It writes calls where there is no content, and puts the text of the arguments between others.
    ("deepseek-ai-DeepSeek-R1-Distill-Llama-8B", ToolCallForm(argumentsAreText: true, contentIsEmpty: false)),
  ])
  func theOneThatATemplateWritesIsFound(name: String, form: ToolCallForm) throws {
    #expect(try template(name).toolCallForm() == form)
    #expect(try template(name).describesTools == (name != "deepseek-ai-DeepSeek-R1-Distill-Llama-8B"))
  }

  @Test func templatesWithoutCallsHaveNone() throws {
    #expect(try template("microsoft-Phi-3.5-mini-instruct").toolCallForm() == nil)
    #expect(ChatTemplate.allCases.allSatisfy { $0.toolCallForm() == nil && !$0.describesTools })
  }

  /// The end of an answer that calls tools, where the template writes it in another way as the last.
  @Test func callsEndWhereNothingOfThemFollows() throws {
    func ranges(_ behind: String) throws -> String {
      let template = try ChatTemplate(
        jinja: """
          {% for m in messages %}{% if m.role == 'assistant' %}A:{% if loop.last %}~{% endif %}{{ m.content or '' }}\
          {% for c in m.tool_calls or [] %}[{{ c.function.name }}]{% endfor %}<end>\(behind){% else %}U:{{ m.content }}\
          {% endif %}{% endfor %}{% if add_generation_prompt %}A:{% endif %}
          """, name: "test")
      let call: JinjaValue = ["function": ["name": "f", "arguments": [:]]]
      let messages = [
        Conversations.user("q"), ChatMessage(role: .assistant, content: "", fields: ["tool_calls": [call]]),
        ChatMessage(role: .tool, content: "r"), Conversations.assistant("b"),
      ]
      let rendered = try template.render(messages, tokenizer: ByteTokenizer(specialTokens: ["<end>"]))
      return zip(rendered.tokens, rendered.isTrained).map { token, isTrained in
        let text = UInt8(exactly: token).map { String(UnicodeScalar($0)) } ?? "<end>"
        return isTrained ? text.uppercased() : text
      }.joined()
    }
    #expect(try ranges("") == "U:qA:[F]<END>U:rA:~B<END>")
    #expect(throws: ChatTemplateError.self) { try ranges("{{ m.tool_calls[0].function.name if m.tool_calls }}") }
  }

  private func template(_ name: String) throws -> ChatTemplate {
    let source = try JinjaFixtures.templates().first { $0.name == name + ".jinja" }?.source
    return try ChatTemplate(jinja: #require(source), name: name, variables: ["bos_token": "<s>", "eos_token": "</s>"])
  }
}
