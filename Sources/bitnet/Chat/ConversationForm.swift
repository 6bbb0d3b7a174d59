import Tokenization

extension Conversation.Form {
  /// The template that was asked for; else the model's own; else plain marks.
  /// - Throws: `UnknownChatTemplate` when the model's own is none that is known here.
  init(asked: ChatTemplate?, stored: StoredChatTemplate?) throws {
    switch (asked, stored) {
    case (let template?, _), (nil, .known(let template)): self = .template(template)
    case (nil, nil): self = .marks
    case (nil, .other): throw UnknownChatTemplate()
    }
  }
}

/// What a template does is not guessed: a model that is asked in another way than it was taught answers nonsense.
struct UnknownChatTemplate: UsageError, CustomStringConvertible {
  var description: String {
    "the model's chat template is none that is known here. If it does what one of "
      + "\(ChatTemplate.allCases.map(\.rawValue).joined(separator: ", ")) does, name that: --chat-template NAME."
  }
}
