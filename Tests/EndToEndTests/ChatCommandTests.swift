import FileFormats
import Foundation
import Inference
import Testing
import Tokenization

/// Conversations are written with the template that the model brings along.
@Suite struct ChatCommandTests {
  private func chat(_ run: PackedRun, _ arguments: String..., typing input: String) throws -> CommandLineTool.Result {
    try CommandLineTool.run(
      ["chat"] + arguments + ["--temperature", "0", "--max-new-tokens", "12"], in: run.directory, input: input)
  }

  private func run(with template: ChatTemplate) throws -> PackedRun {
    let run = try PackedRun(specialTokens: template.specialTokens)
    let url = try run.checkpoint().appending(path: "chat_template.jinja")
    try Data(template.jinja.utf8).write(to: url)
    return run
  }

  /// What the model answers to a rendered conversation.
  private func answer(_ messages: [ChatMessage], _ template: ChatTemplate, _ run: PackedRun) throws -> String {
    let folder = try run.checkpoint()
    let tokenizer = try ByteTokenizer(folder: folder)
    let tokens = try template.render(messages, tokenizer: tokenizer, addingGenerationPrompt: true).tokens
    let options = GenerationOptions(
      maximumNewTokens: 12, sampling: .greedy, stopTokens: [try template.endTokenID(tokenizer)])
    let session = InferenceSession(try RuntimeModel(folder: folder))
    return try Generation(prompt: tokens, session: session, tokenizer: tokenizer, options: options).run()
  }

  @Test(arguments: [ChatTemplate.chatml, .plain])
  func writesTurnsAsTheModelWasTaught(template: ChatTemplate) throws {
    let run = try run(with: template)
    let first = try answer([ChatMessage(role: .user, content: "Line 3")], template, run)
    let second = try answer(
      [
        ChatMessage(role: .user, content: "Line 3"), ChatMessage(role: .assistant, content: first),
        ChatMessage(role: .user, content: "7"),
      ], template, run)
    let typed = "Line 3\n7\n/reset\nLine 3\n/quit\n"
    let expected = first + "\n" + second + "\n" + first + "\n"
    #expect(try chat(run, "run", typing: typed).output == expected)
    // The packed file brings the same template, with the spelling of its own vocabulary.
    try run.run("export", "run", "--type", "tq2_0", "--output", "a.gguf")
    #expect(try chat(run, "a.gguf", typing: typed).output == expected)
    #expect(try run.run("verify", "a.gguf").contains("no problems"))
  }

  @Test func templatesOfTheModelsOwnAreInterpreted() throws {
    let run = try run(with: .chatml)
    let url = try run.checkpoint().appending(path: "chat_template.jinja")
    let text = "{% for m in messages %}<{{ m.role }}>{{ m.content | upper }}<|im_end|>{% endfor %}"
    try Data(text.utf8).write(to: url)
    let own = try ChatTemplate(jinja: text, name: "own")
    let question = [ChatMessage(role: .user, content: "Line 3")]
    let asked = try chat(run, "run", typing: "Line 3\n")
    #expect(try asked.exitCode == 0 && asked.output == answer(question, own, run) + "\n", "\(asked.errors)")
    let named = try chat(run, "run", "--chat-template", "chatml", typing: "Line 3\n")
    #expect(try named.exitCode == 0 && named.output == answer(question, .chatml, run) + "\n", "\(named.errors)")
    let missing = try chat(run, "run", "--chat-template", "llama3", typing: "Line 3\n")
    #expect(missing.exitCode == 1 && missing.errors.contains("<|start_header_id|>"), "\(missing.errors)")
    try Data("{% include 'x' %}".utf8).write(to: url)
    let refused = try chat(run, "run", typing: "Line 3\n")
    #expect(refused.exitCode == 1 && refused.errors.contains("line 1: the tag 'include' is not supported"))
  }

  @Test func renderPrintsTheBytesAndNothingElse() throws {
    let run = try run(with: .chatml)
    func render(_ template: String, _ input: String) throws -> CommandLineTool.Result {
      try Data(template.utf8).write(to: run.directory.appending(path: "t.jinja"))
      try Data(input.utf8).write(to: run.directory.appending(path: "in.json"))
      return try CommandLineTool.run(["data", "render", "t.jinja", "--input", "in.json"], in: run.directory)
    }
    let template = "{{ bos_token }}{% for m in messages %}{{ m | tojson }}{% endfor %}{{ add_generation_prompt }}"
    let rendered = try render(
      template, #"{"bos_token": "<s>", "messages": [{"role": "user", "content": "é"}], "add_generation_prompt": true}"#)
    #expect(rendered.output == #"<s>{"role": "user", "content": "é"}True"#)
    #expect(rendered.exitCode == 0 && rendered.errors.isEmpty)
    let raised = try render("a{{ raise_exception('my own text') }}", "{}")
    #expect(raised.exitCode == 1 && raised.output.isEmpty && raised.errors.contains("my own text"))
    let wrong = try render("\n{{ x.y }}", "{}")
    #expect(wrong.exitCode == 1 && wrong.errors.contains("t.jinja:2: 'x' is undefined"), "\(wrong.errors)")
    let input = try render("a", "{\n1}")
    #expect(input.exitCode == 1 && input.errors.contains("in.json:2: not JSON"), "\(input.errors)")
  }

  @Test func verifyMissesTheTokenThatEndsAnAnswer() throws {
    let run = try run(with: .chatml)
    try run.run("export", "run", "--type", "tq2_0", "--output", "a.gguf")
    var bytes = try run.bytes("a.gguf")
    let key = try #require(bytes.range(of: Data("eot_token_id".utf8)))
    bytes.replaceSubrange(key, with: Data("eom_token_iD".utf8))
    try bytes.write(to: run.directory.appending(path: "a.gguf"))
    let result = try CommandLineTool.run(["verify", "a.gguf"], in: run.directory)
    #expect(result.exitCode == 1 && result.output.contains("ends answers with token 257"), "\(result.output)")
  }

  @Test func halfPrecisionCacheIsOffered() throws {
    let run = try PackedRun()
    let text = try run.run(
      "generate", "run", "--prompt", "Line 3", "--temperature", "0", "--max-new-tokens", "8", "--kv-cache", "float16")
    #expect(text.hasPrefix("Line 3"))
    let wrong = try CommandLineTool.run(["generate", "run", "--prompt", "a", "--kv-cache", "int8"], in: run.directory)
    #expect(wrong.exitCode == 2 && wrong.errors.contains("float16"), "\(wrong.errors)")
  }
}
