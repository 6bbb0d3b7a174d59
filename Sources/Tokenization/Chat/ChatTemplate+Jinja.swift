/// The template as text that other programs interpret.
extension ChatTemplate {
  /// The template in the Jinja language, for `chat_template` of tokenizer_config.json and GGUF files.
  public var jinja: String { jinja { $0 } }

  /// - Parameter spelling: how a special token is written in the text that the template produces; GGUF files of byte
  ///   vocabularies spell them in a way of their own.
  public func jinja(spelling: (String) -> String) -> String {
    let parts = parts
    let content = parts.isTrimming ? "message['content'] | trim" : "message['content']"
    func literal(_ pieces: [ChatTemplateParts.Piece]) -> String? {
      let text = pieces.map {
        switch $0 {
        case .text(let text): text
        case .special(let text): spelling(text)
        }
      }.joined()
      return text.isEmpty ? nil : "'\(Self.escaped(text))'"
    }
    var result = literal(parts.beginning).map { "{{ \($0) }}" } ?? ""
    result += "{% for message in messages %}"
    for (number, role) in roles.enumerated() {
      guard let turn = parts.turns[role] else { continue }
      let pieces = [literal(turn.opening), content, literal(turn.closing)].compactMap { $0 }
      result += "{% \(number == 0 ? "if" : "elif") message['role'] == '\(role.rawValue)' %}"
      result += "{{ \(pieces.joined(separator: " + ")) }}"
    }
    result += "{% else %}{{ raise_exception('this template has no role ' + message['role']) }}{% endif %}{% endfor %}"
    if let prompt = literal(parts.generationPrompt) {
      result += "{% if add_generation_prompt %}{{ \(prompt) }}{% endif %}"
    }
    return result
  }

  /// The template that a Jinja text stands for, if it is one of those written here or another spelling known to say the
  /// same. What an unknown text does is not guessed.
  public init?(jinja: String) {
    let text = Self.normalized(jinja)
    let match = Self.allCases.first { template in
      let known = [template.jinja] + template.otherSpellings
      return known.contains { Self.normalized($0) == text }
    }
    guard let match else { return nil }
    self = match
  }

  /// The shortest form of each template, as many published tokenizers have it.
  private var otherSpellings: [String] {
    let loop = "{% for message in messages %}"
    let first = "{% if loop.index0 == 0 %}{% set content = bos_token + content %}{% endif %}"
    func prompt(_ text: String) -> String {
      "{% if add_generation_prompt %}{{ '\(text)' }}{% endif %}"
    }
    switch self {
    case .bitnet:
      let turn = "message['role'] | capitalize + ': ' + message['content'] | trim + '<|eot_id|>'"
      return [
        "\(loop){% set content = \(turn) %}\(first){{ content }}{% endfor %}\(prompt("Assistant: "))",
        "{{ bos_token }}\(loop){{ \(turn) }}{% endfor %}\(prompt("Assistant: "))",
      ]
    case .llama3:
      let header = "'<|start_header_id|>' + message['role'] + '<|end_header_id|>\\n\\n'"
      let turn = "\(header) + message['content'] | trim + '<|eot_id|>'"
      let opening = prompt("<|start_header_id|>assistant<|end_header_id|>\\n\\n")
      let alias = "{% set loop_messages = messages %}{% for message in loop_messages %}"
      return [loop, alias].map { "\($0){% set content = \(turn) %}\(first){{ content }}{% endfor %}\(opening)" }
    case .chatml:
      let turn = "'<|im_start|>' + message['role'] + '\\n' + message['content'] + '<|im_end|>' + '\\n'"
      return ["\(loop){{ \(turn) }}{% endfor %}\(prompt("<|im_start|>assistant\\n"))"]
    case .alpaca, .plain: return []
    }
  }

  /// Without what Jinja does not care about: the kind of quotes, spaces outside them, and marks that remove spaces
  /// around blocks.
  private static func normalized(_ jinja: String) -> String {
    var result = ""
    var quote: Character?
    for character in jinja {
      if let open = quote {
        result.append(character == open ? "'" : character)
        if character == open { quote = nil }
      } else if character == "'" || character == "\"" {
        quote = character
        result.append("'")
      } else if !character.isWhitespace {
        result.append(character)
      }
    }
    return result.replacing("{%-", with: "{%").replacing("-%}", with: "%}")
      .replacing("{{-", with: "{{").replacing("-}}", with: "}}")
      .replacing(#"\\xff\\xff"#, with: "").replacing("'+'", with: "")
  }

  private static func escaped(_ text: String) -> String {
    text.replacing(#"\"#, with: #"\\"#).replacing("'", with: #"\'"#).replacing("\n", with: #"\n"#)
  }
}
