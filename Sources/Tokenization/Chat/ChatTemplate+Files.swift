import Foundation
import Templates

extension ChatTemplate {
  /// How a file of a template ends.
  public static let fileExtension = ".jinja"
  static let fileName = "chat_template.jinja"

  /// A built-in template by its name, or the template of a file whose name ends with `.jinja`.
  /// - Returns: nil for any other text.
  /// - Throws: `ChatTemplateError.jinja`, `TokenizerError.unreadable`.
  public init?(nameOrPath text: String) throws {
    if let known = ChatTemplate(builtIn: text) {
      self = known
    } else if text.hasSuffix(Self.fileExtension) {
      try self.init(jinja: Self.read(URL(fileURLWithPath: text)), name: text)
    } else {
      return nil
    }
  }

  /// The template of a model folder: that of chat_template.jinja, which newer tools write, else that of
  /// tokenizer_config.json.
  /// - Returns: nil when there is none.
  /// - Throws: `ChatTemplateError.jinja`, `TokenizerError.unreadable`.
  public init?(folder: URL) throws {
    let configuration = try TokenizerConfigurationJSON(folder: folder)
    let file = folder.appendingPathComponent(Self.fileName)
    let isThere = FileManager.default.fileExists(atPath: file.path)
    guard let text = isThere ? try Self.read(file) : configuration?.chatTemplate?.text else { return nil }
    let place = isThere ? file : folder.appendingPathComponent(TokenizerConfigurationJSON.fileName)
    try self.init(jinja: text, name: place.path, variables: configuration?.templateVariables ?? [:])
  }

  private static func read(_ url: URL) throws -> String {
    guard let text = try? String(contentsOf: url, encoding: .utf8) else {
      throw TokenizerError.unreadable(
        path: url.path, reason: "is missing, is not UTF-8 text, or there is no permission")
    }
    return text
  }
}

extension TokenizerConfigurationJSON {
  /// The names of special tokens that templates use.
  fileprivate var templateVariables: JinjaDictionary {
    var result = JinjaDictionary()
    let tokens = [
      ("bos_token", beginningOfSequenceToken), ("eos_token", endOfSequenceToken), ("pad_token", paddingToken),
      ("unk_token", unknownToken),
    ]
    for (name, token) in tokens { result[name] = token.map { .string($0.content) } }
    return result
  }
}
