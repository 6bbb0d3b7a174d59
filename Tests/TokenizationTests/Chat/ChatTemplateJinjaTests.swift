import Foundation
import Testing

import Tokenization

@Suite struct ChatTemplateJinjaTests {
  @Test(arguments: ChatTemplate.allCases)
  func ownTextsAreRecognised(template: ChatTemplate) throws {
    let read = try ChatTemplate(jinja: template.jinja, name: "file")
    #expect(read == template && read.isBuiltIn)
    let other = try ChatTemplate(jinja: template.jinja.replacing("message[", with: "message ["), name: "file")
    #expect(!other.isBuiltIn && other.name == "file")
    #expect(try other.text(Conversations.fixtures[1]) == template.text(Conversations.fixtures[1]))
    #expect(throws: ChatTemplateError.self) { try ChatTemplate(jinja: "{% if %}", name: "file") }
  }

  /// Files that were exported hold these texts.
  @Test func builtInTextsStayWhatTheyAre() {
    let turn = { (role: String) in "{{ '<|im_start|>\(role)\\n' + message['content'] + '<|im_end|>\\n' }}" }
    #expect(
      ChatTemplate.chatml.jinja == "{% for message in messages %}{% if message['role'] == 'system' %}\(turn("system"))"
        + "{% elif message['role'] == 'user' %}\(turn("user"))"
        + "{% elif message['role'] == 'assistant' %}\(turn("assistant"))"
        + "{% elif message['role'] == 'tool' %}\(turn("tool"))"
        + "{% else %}{{ raise_exception('this template has no role ' + message['role']) }}{% endif %}{% endfor %}"
        + "{% if add_generation_prompt %}{{ '<|im_start|>assistant\\n' }}{% endif %}")
    #expect(ChatTemplate.plain.jinja { #"\xff"# + $0 }.contains(#"'\\xff<|endoftext|>'"#))
  }

  @Test func templatesComeBackFromFolders() throws {
    let folder = FileManager.default.temporaryDirectory.appendingPathComponent("template-\(UUID().uuidString)")
    try FileManager.default.createDirectory(at: folder, withIntermediateDirectories: true)
    defer { try? FileManager.default.removeItem(at: folder) }
    #expect(try ChatTemplate(folder: folder) == nil)
    for template in ChatTemplate.allCases {
      let tokenizer = try Conversations.tokenizer(template)
      for (name, data) in try tokenizer.files(maximumLength: 64, chatTemplate: template) {
        try data.write(to: folder.appendingPathComponent(name))
      }
      #expect(try ChatTemplate(folder: folder) == template)
      #expect(try ByteTokenizer(folder: folder) == tokenizer)
    }
    let configuration = folder.appendingPathComponent("tokenizer_config.json")
    let named = """
      {"bos_token": {"content": "<s>"}, "eos_token": "</s>",
       "chat_template": [{"name": "rag", "template": "r"}, {"name": "default", "template": "d"}]}
      """
    try Data(named.utf8).write(to: configuration)
    let stored = try #require(try ChatTemplate(folder: folder))
    #expect(stored.jinja == "d" && stored.variables == ["bos_token": "<s>", "eos_token": "</s>"])
    let file = folder.appendingPathComponent("chat_template.jinja")
    try Data("j".utf8).write(to: file)
    #expect(try ChatTemplate(folder: folder)?.jinja == "j")
    #expect(try ChatTemplate(nameOrPath: file.path)?.jinja == "j")
    #expect(try ChatTemplate(nameOrPath: "alpaca") == .alpaca && ChatTemplate(nameOrPath: "none") == nil)
    #expect(throws: TokenizerError.self) { try ChatTemplate(nameOrPath: "missing.jinja") }
  }

  private static let interpreter =
    ProcessInfo.processInfo.environment["BITNET_PYTHON"].flatMap { $0.isEmpty ? nil : $0 }

  /// transformers renders the written files to the very ids that training sees.
  @Test(
    .enabled(if: interpreter != nil, "set BITNET_PYTHON to a Python with the package transformers"))
  func transformersAgrees() throws {
    let folder = FileManager.default.temporaryDirectory.appendingPathComponent("template-\(UUID().uuidString)")
    defer { try? FileManager.default.removeItem(at: folder) }
    var cases: [PythonCase] = []
    for template in ChatTemplate.allCases {
      let tokenizer = try Conversations.tokenizer(template)
      let place = folder.appendingPathComponent(template.name)
      try FileManager.default.createDirectory(at: place, withIntermediateDirectories: true)
      for (name, data) in try tokenizer.files(maximumLength: 64, chatTemplate: template) {
        try data.write(to: place.appendingPathComponent(name))
      }
      for messages in Conversations.fixtures {
        for prompt in [false, true] {
          let rendered = try template.render(messages, tokenizer: tokenizer, addingGenerationPrompt: prompt)
          cases.append(PythonCase(place.path, messages, addingGenerationPrompt: prompt, ids: rendered.tokens))
        }
      }
    }
    let output = try python(try JSONEncoder().encode(cases))
    #expect(output == "\(cases.count) equal\n", "\(output)")
  }

  private struct PythonCase: Encodable {
    let folder: String
    let messages: [[String: String]]
    let addsGenerationPrompt: Bool
    let ids: [Int32]

    init(_ folder: String, _ messages: [ChatMessage], addingGenerationPrompt: Bool, ids: [Int32]) {
      self.folder = folder
      self.messages = messages.map { ["role": $0.role.rawValue, "content": $0.content] }
      addsGenerationPrompt = addingGenerationPrompt
      self.ids = ids
    }
  }

  private func python(_ input: Data) throws -> String {
    let script = """
      import json, sys
      from transformers import AutoTokenizer
      equal, tokenizers = 0, {}
      for case in json.load(sys.stdin):
        folder = case["folder"]
        if folder not in tokenizers: tokenizers[folder] = AutoTokenizer.from_pretrained(folder)
        ids = tokenizers[folder].apply_chat_template(
          case["messages"], add_generation_prompt=case["addsGenerationPrompt"], tokenize=True, return_dict=False)
        if ids == case["ids"]: equal += 1
        else: print(folder, case["messages"], ids, case["ids"])
      print(equal, "equal")
      """
    let process = Process()
    process.executableURL = URL(filePath: Self.interpreter ?? "python3")
    process.arguments = ["-c", script]
    let (source, output) = (Pipe(), Pipe())
    (process.standardInput, process.standardOutput) = (source, output)
    try process.run()
    try source.fileHandleForWriting.write(contentsOf: input)
    try source.fileHandleForWriting.close()
    let data = try output.fileHandleForReading.readToEnd() ?? Data()
    process.waitUntilExit()
    return String(decoding: data, as: UTF8.self)
  }
}
