import Templates

/// How a conversation is written as text, and so as tokens: the same for training, chat and exported files.
///
/// A template is a text in the Jinja language. A few are built in; any other comes from a model or a file.
public struct ChatTemplate: Sendable {
  /// What is known of a template that is built in.
  struct Traits: Equatable, Sendable {
    /// The texts of the special tokens that the template is made of, in the order in which a vocabulary gets them.
    var specialTokens: [String]
    var endToken: String
    var roles: [ChatMessage.Role] = ChatMessage.Role.allCases
    /// Whether white space around contents is removed.
    var isTrimming = false
    /// What comes between an instruction and what it is about.
    var inputMark = "\n\n"
  }

  /// The name of a built-in template, or where another one comes from.
  public let name: String
  /// The template in the Jinja language, for `chat_template` of tokenizer_config.json and GGUF files.
  public var jinja: String { program.source }
  /// What the template can read besides the conversation: `bos_token`, `eos_token` and others that come with a model.
  public var variables: JinjaDictionary
  /// What `strftime_now` tells: one time for all conversations.
  public var clock = JinjaClock()
  let program: JinjaTemplate
  let traits: Traits?

  /// A template that is not known here, or one that is.
  /// - Parameters:
  ///   - jinja: its text. That of a built-in template gives that template.
  ///   - name: where it comes from, for messages and recipes.
  /// - Throws: `ChatTemplateError.jinja`.
  public init(jinja: String, name: String, variables: JinjaDictionary = [:]) throws {
    if let known = Self.allCases.first(where: { $0.jinja == jinja }) {
      self = known
      return
    }
    do {
      program = try JinjaTemplate(jinja)
    } catch let error as JinjaError {
      throw ChatTemplateError.jinja(template: name, error)
    }
    self.name = name
    self.variables = variables
    traits = nil
  }

  init(builtIn name: String, _ jinja: String, _ traits: Traits) {
    do {
      program = try JinjaTemplate(jinja)
    } catch {
      preconditionFailure("the built-in chat template \(name) cannot be read: \(error)")
    }
    self.name = name
    self.traits = traits
    variables = [:]
  }

  public var isBuiltIn: Bool { traits != nil }

  /// The texts of the special tokens that a vocabulary must get for the template; none for one that comes with a model.
  public var specialTokens: [String] { traits?.specialTokens ?? [] }

  /// The text of the token that ends an answer; nil for a template that is not built in, where it depends on the
  /// tokenizer (``endTokenID(_:)``).
  public var endToken: String? { traits?.endToken }

  /// The content of a message as the template writes it.
  public func content(of message: ChatMessage) -> String {
    guard traits?.isTrimming == true else { return message.content }
    let scalars = message.content.unicodeScalars
    guard let first = scalars.firstIndex(where: { !$0.isPythonSpace }),
      let last = scalars.lastIndex(where: { !$0.isPythonSpace })
    else { return "" }
    return String(scalars[first...last])
  }

  /// The content of a user's message that consists of an instruction and what it is about.
  public func content(instruction: String, input: String) -> String {
    if input.isEmpty || instruction.isEmpty { return instruction + input }
    return instruction + (traits?.inputMark ?? "\n\n") + input
  }

  /// The text of a conversation.
  /// - Parameter tools: descriptions of tools, for templates that know what to do with them.
  /// - Throws: `ChatTemplateError.jinja`, also for what the template itself raises.
  public func text(
    _ messages: [ChatMessage], tools: JinjaValue = .none, addingGenerationPrompt: Bool = false
  ) throws -> String {
    try rendering(.list(messages.map { .dictionary($0.variables) }), tools, addingGenerationPrompt).text
  }

  func rendering(
    _ messages: JinjaValue, _ tools: JinjaValue, _ addsGenerationPrompt: Bool
  ) throws -> JinjaTemplate.Rendering {
    let own: JinjaDictionary = [
      "messages": messages, "tools": tools, "documents": .none,
      "add_generation_prompt": .boolean(addsGenerationPrompt),
    ]
    do {
      return try program.renderMarkingGeneration(variables.merging(own), clock: clock)
    } catch let error as JinjaError {
      throw ChatTemplateError.jinja(template: name, error)
    }
  }
}

extension ChatTemplate: CustomStringConvertible {
  public var description: String { name }
}

extension ChatTemplate: Equatable {
  public static func == (left: ChatTemplate, right: ChatTemplate) -> Bool {
    left.name == right.name && left.jinja == right.jinja && left.variables == right.variables
  }
}
