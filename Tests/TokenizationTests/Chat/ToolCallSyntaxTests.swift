import Testing
import Tokenization

/// How templates write calls, found out by writing one.
@Suite(.enabled(if: JinjaFixtures.hasTemplates, "needs the published templates in ../shared/data/chat-templates"))
struct ToolCallSyntaxTests {
  @Test(
    arguments: [
      ("Qwen-Qwen2.5-7B-Instruct", ToolCallSyntax.tagged), ("Qwen-Qwen3-0.6B", .tagged),
      ("NousResearch-Hermes-2-Pro-Llama-3-8B-tool_use", .tagged),
      ("NousResearch-Hermes-3-Llama-3.1-8B-tool_use", .tagged), ("meta-llama-Llama-3.1-8B-Instruct", .bare),
      ("meta-llama-Llama-3.2-3B-Instruct", .bare), ("meta-llama-Llama-3.3-70B-Instruct", .bare),
      // Tags within tags, lists behind a special token, no tools.
      ("Qwen3-Coder", nil), ("GLM-4.6", nil), ("mistralai-Mistral-Nemo-Instruct-2407", nil),
      ("microsoft-Phi-3.5-mini-instruct", nil),
    ] as [(String, ToolCallSyntax?)])
  func theOneThatATemplateWritesIsFound(name: String, syntax: ToolCallSyntax?) throws {
    let source = try JinjaFixtures.templates().first { $0.name == name + ".jinja" }?.source
    let template = try ChatTemplate(
      jinja: #require(source), name: name, variables: ["bos_token": "<s>", "eos_token": "</s>"])
    #expect(template.toolCallSyntax() == syntax)
  }

  @Test func builtInTemplatesHaveNone() { #expect(ChatTemplate.allCases.allSatisfy { $0.toolCallSyntax() == nil }) }
}
