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

  @Test func unknownTemplatesAreNotGuessed() throws {
    let run = try run(with: .chatml)
    let url = try run.checkpoint().appending(path: "chat_template.jinja")
    try Data("{% for message in messages %}<{{ message['content'] }}>{% endfor %}".utf8).write(to: url)
    let refused = try chat(run, "run", typing: "Line 3\n")
    #expect(refused.exitCode == 2 && refused.output.isEmpty)
    #expect(refused.errors.contains("--chat-template NAME") && refused.errors.contains("chatml"), "\(refused.errors)")
    let named = try chat(run, "run", "--chat-template", "chatml", typing: "Line 3\n")
    let expected = try answer([ChatMessage(role: .user, content: "Line 3")], .chatml, run)
    #expect(named.exitCode == 0 && named.output == expected + "\n", "\(named.errors)")
    let missing = try chat(run, "run", "--chat-template", "llama3", typing: "Line 3\n")
    #expect(missing.exitCode == 1 && missing.errors.contains("<|start_header_id|>"), "\(missing.errors)")
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
