import ArgumentParser
import FileFormats
import Foundation
import Tokenization

extension ChatTemplate: ExpressibleByArgument {}

/// Why it is not known how to talk with a model.
enum ModelTemplateError: UsageError, CustomStringConvertible {
  case none(path: String)
  case unknown(path: String)

  private static let names = ChatTemplate.allCases.map(\.rawValue).joined(separator: ", ")

  var description: String {
    switch self {
    case .none(let path): "\(path): has no chat template. Name one with --chat-template (\(Self.names))."
    case .unknown(let path):
      """
      \(path): has a chat template that is none of those known here. If one of them says the same, name it with \
      --chat-template (\(Self.names)).
      """
    }
  }
}

extension OpenedModel {
  /// The chat template that comes with the model.
  /// - Throws: `ModelTemplateError`, `TokenizerError.unreadable`.
  func knownTemplate() throws -> ChatTemplate {
    switch try chatTemplate() {
    case .known(let template): return template
    case .other: throw ModelTemplateError.unknown(path: url.path)
    case nil: throw ModelTemplateError.none(path: url.path)
    }
  }
}
