import Tokenization

extension Conversation.Form {
  /// The template that was asked for; else the model's own; else plain marks.
  init(asked: ChatTemplate?, stored: ChatTemplate?) {
    self = (asked ?? stored).map(Self.template) ?? .marks
  }
}
