extension ChatTemplate: CaseIterable {
  /// The built-in templates.
  public static let allCases: [ChatTemplate] = [bitnet, llama3, chatml, alpaca, plain]
  public static let builtInNames = allCases.map(\.name).joined(separator: ", ")

  /// The built-in template of this name.
  public init?(builtIn name: String) {
    guard let template = Self.allCases.first(where: { $0.name == name }) else { return nil }
    self = template
  }

  static func names(expressing role: ChatMessage.Role) -> String {
    allCases.filter { $0.roles.contains(role) }.map(\.name).joined(separator: ", ")
  }

  /// The roles that the template has words for; of one that is not built in only it itself knows.
  public var roles: [ChatMessage.Role] { traits?.roles ?? ChatMessage.Role.allCases }

  /// BitNet b1.58 2B4T's `Role: content<|eot_id|>` without line breaks, from the `ChatFormat` of its published inference
  /// code.
  public static let bitnet = ChatTemplate(
    builtIn: "bitnet",
    source(
      beginning: "<|begin_of_text|>", trims: true,
      turns: [
        ("system", "System: ", "<|eot_id|>"), ("user", "User: ", "<|eot_id|>"),
        ("assistant", "Assistant: ", "<|eot_id|>"), ("tool", "Tool: ", "<|eot_id|>"),
      ]),
    Traits(specialTokens: ["<|begin_of_text|>", "<|eot_id|>"], endToken: "<|eot_id|>", isTrimming: true))

  public static let llama3 = ChatTemplate(
    builtIn: "llama3",
    source(
      beginning: "<|begin_of_text|>", trims: true,
      turns: ["system", "user", "assistant", "tool"].map {
        ($0, #"<|start_header_id|>\#($0)<|end_header_id|>\n\n"#, "<|eot_id|>")
      }),
    Traits(
      specialTokens: ["<|begin_of_text|>", "<|start_header_id|>", "<|end_header_id|>", "<|eot_id|>"],
      endToken: "<|eot_id|>", isTrimming: true))

  public static let chatml = ChatTemplate(
    builtIn: "chatml",
    source(
      turns: ["system", "user", "assistant", "tool"].map { ($0, #"<|im_start|>\#($0)\n"#, #"<|im_end|>\n"#) }),
    Traits(specialTokens: ["<|im_start|>", "<|im_end|>"], endToken: "<|im_end|>"))

  /// A system message takes the place of the sentence with which Alpaca's prompts begin.
  public static let alpaca = ChatTemplate(
    builtIn: "alpaca",
    source(turns: [
      ("system", "", #"\n\n"#), ("user", #"### Instruction:\n"#, #"\n\n"#),
      ("assistant", #"### Response:\n"#, "<|endoftext|>"),
    ]),
    Traits(
      specialTokens: ["<|endoftext|>"], endToken: "<|endoftext|>", roles: [.system, .user, .assistant],
      inputMark: "\n\n### Input:\n"))

  /// The prompt, the answer and the end of the text, with nothing between them.
  public static let plain = ChatTemplate(
    builtIn: "plain",
    source(turns: [("system", "", ""), ("user", "", ""), ("assistant", "", "<|endoftext|>")]),
    Traits(specialTokens: ["<|endoftext|>"], endToken: "<|endoftext|>", roles: [.system, .user, .assistant]))

  /// The Jinja text of a template that puts something before and after each content. Exported files hold it, so it stays
  /// what it is.
  private static func source(
    beginning: String = "", trims: Bool = false, turns: [(role: String, opening: String, closing: String)]
  ) -> String {
    func literal(_ text: String) -> String? { text.isEmpty ? nil : "'\(text)'" }
    let content = "message['content']" + (trims ? " | trim" : "")
    var result = literal(beginning).map { "{{ \($0) }}" } ?? ""
    result += "{% for message in messages %}"
    for (number, turn) in turns.enumerated() {
      let pieces = [literal(turn.opening), content, literal(turn.closing)].compactMap { $0 }
      result += "{% \(number == 0 ? "if" : "elif") message['role'] == '\(turn.role)' %}"
      result += "{{ \(pieces.joined(separator: " + ")) }}"
    }
    result += "{% else %}{{ raise_exception('this template has no role ' + message['role']) }}{% endif %}{% endfor %}"
    let answer = turns.first { $0.role == "assistant" }?.opening ?? ""
    return result + (literal(answer).map { "{% if add_generation_prompt %}{{ \($0) }}{% endif %}" } ?? "")
  }

  /// The text with its special tokens, which stand in string literals, spelt in another way: GGUF files of byte
  /// vocabularies have one of their own.
  public func jinja(spelling: (String) -> String) -> String {
    specialTokens.reduce(jinja) { text, token in
      text.replacing(token, with: spelling(token).replacing(#"\"#, with: #"\\"#).replacing("'", with: #"\'"#))
    }
  }
}
