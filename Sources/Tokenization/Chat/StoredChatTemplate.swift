import Foundation

/// The chat template that comes with a model.
public enum StoredChatTemplate: Equatable, Sendable {
  case known(ChatTemplate)
  /// A Jinja text that none of the templates here is known to equal.
  case other(jinja: String)

  static let fileName = "chat_template.jinja"

  public init(jinja: String) {
    self = ChatTemplate(jinja: jinja).map(Self.known) ?? .other(jinja: jinja)
  }

  /// The template of a model folder: that of chat_template.jinja, which newer tools write, else that of
  /// tokenizer_config.json.
  /// - Returns: nil when there is none.
  /// - Throws: `TokenizerError.unreadable`.
  public init?(folder: URL) throws {
    let file = folder.appendingPathComponent(Self.fileName)
    if FileManager.default.fileExists(atPath: file.path) {
      guard let text = try? String(contentsOf: file, encoding: .utf8) else {
        throw TokenizerError.unreadable(path: file.path, reason: "is not UTF-8 text, or there is no permission")
      }
      self.init(jinja: text)
      return
    }
    guard let text = try TokenizerConfigurationJSON(folder: folder)?.chatTemplate?.text else { return nil }
    self.init(jinja: text)
  }
}
