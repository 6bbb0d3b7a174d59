/// What a template puts around the messages: the one description from which tokens and Jinja text are made.
struct ChatTemplateParts {
  /// A part of a template: text to be encoded, or a special token by name.
  enum Piece {
    case text(String)
    case special(String)
  }

  struct Turn {
    var opening: [Piece]
    var closing: [Piece]
  }

  /// Before the first message.
  var beginning: [Piece] = []
  /// Whether white space around contents is removed.
  var isTrimming = false
  var turns: [ChatMessage.Role: Turn]

  /// What a model continues with its answer.
  var generationPrompt: [Piece] { turns[.assistant]?.opening ?? [] }
}

extension ChatTemplate {
  static let beginningOfText = "<|begin_of_text|>"

  /// The text of the token that ends an answer; the model learns to produce it, and generation stops there.
  public var endToken: String {
    switch self {
    case .bitnet, .llama3: "<|eot_id|>"
    case .chatml: "<|im_end|>"
    case .alpaca, .plain: "<|endoftext|>"
    }
  }

  /// The texts of the special tokens that the template is made of, in the order in which a vocabulary gets them.
  public var specialTokens: [String] {
    switch self {
    case .bitnet: [Self.beginningOfText, endToken]
    case .llama3: [Self.beginningOfText, "<|start_header_id|>", "<|end_header_id|>", endToken]
    case .chatml: ["<|im_start|>", endToken]
    case .alpaca, .plain: [endToken]
    }
  }

  /// The roles that the template has words for.
  public var roles: [ChatMessage.Role] {
    let turns = parts.turns
    return ChatMessage.Role.allCases.filter { turns[$0] != nil }
  }

  static func names(expressing role: ChatMessage.Role) -> String {
    allCases.filter { $0.roles.contains(role) }.map(\.rawValue).joined(separator: ", ")
  }

  var parts: ChatTemplateParts {
    switch self {
    case .bitnet: bitnetParts
    case .llama3: llama3Parts
    case .chatml: chatmlParts
    case .alpaca: alpacaParts
    case .plain: plainParts
    }
  }

  /// BitNet b1.58 2B4T's, from the `ChatFormat` of its published inference code.
  private var bitnetParts: ChatTemplateParts {
    ChatTemplateParts(
      beginning: [.special(Self.beginningOfText)], isTrimming: true,
      turns: Self.turns { role in
        let name = role.rawValue.prefix(1).uppercased() + role.rawValue.dropFirst()
        return .init(opening: [.text("\(name): ")], closing: [.special(endToken)])
      })
  }

  private var llama3Parts: ChatTemplateParts {
    ChatTemplateParts(
      beginning: [.special(Self.beginningOfText)], isTrimming: true,
      turns: Self.turns { role in
        .init(
          opening: [
            .special("<|start_header_id|>"), .text(role.rawValue), .special("<|end_header_id|>"), .text("\n\n"),
          ],
          closing: [.special(endToken)])
      })
  }

  private var chatmlParts: ChatTemplateParts {
    ChatTemplateParts(
      turns: Self.turns { role in
        .init(
          opening: [.special("<|im_start|>"), .text(role.rawValue + "\n")],
          closing: [.special(endToken), .text("\n")])
      })
  }

  /// A system message takes the place of the sentence with which Alpaca's prompts begin.
  private var alpacaParts: ChatTemplateParts {
    ChatTemplateParts(turns: [
      .system: .init(opening: [], closing: [.text("\n\n")]),
      .user: .init(opening: [.text("### Instruction:\n")], closing: [.text("\n\n")]),
      .assistant: .init(opening: [.text("### Response:\n")], closing: [.special(endToken)]),
    ])
  }

  private var plainParts: ChatTemplateParts {
    ChatTemplateParts(turns: [
      .system: .init(opening: [], closing: []),
      .user: .init(opening: [], closing: []),
      .assistant: .init(opening: [], closing: [.special(endToken)]),
    ])
  }

  private static func turns(
    _ turn: (ChatMessage.Role) -> ChatTemplateParts.Turn
  ) -> [ChatMessage.Role: ChatTemplateParts.Turn] {
    Dictionary(uniqueKeysWithValues: ChatMessage.Role.allCases.map { ($0, turn($0)) })
  }
}
