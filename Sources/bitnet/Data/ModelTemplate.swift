import Inference
import ArgumentParser
import FileFormats
import Foundation
import Tokenization

extension ChatTemplate: ExpressibleByArgument {
  /// A name, or the path of a file that ends with .jinja.
  public init?(argument: String) {
    guard let template = try? ChatTemplate(nameOrPath: argument) else { return nil }
    self = template
  }

  public var defaultValueDescription: String { name }
  public static var allValueStrings: [String] { allCases.map(\.name) + ["a .jinja file"] }
}

/// Why it is not known how to talk with a model.
struct NoModelTemplate: UsageError, CustomStringConvertible {
  let path: String

  var description: String {
    "\(path): has no chat template. Name one with --chat-template (\(ChatTemplate.builtInNames), or a .jinja file)."
  }
}

extension OpenedModel {
  /// The chat template that comes with the model.
  /// - Throws: `NoModelTemplate`, `ChatTemplateError`, `TokenizerError.unreadable`.
  func requiredTemplate() throws -> ChatTemplate {
    guard let template = try chatTemplate() else { throw NoModelTemplate(path: url.path) }
    return template
  }
}
