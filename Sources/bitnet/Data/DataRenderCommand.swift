import ArgumentParser
import Foundation
import Templates
import Tokenization

struct DataRenderCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "render",
    abstract: "Write a conversation with a Jinja chat template.",
    discussion: """
      Prints the text that the template gives and nothing else. The input is a JSON object with the variables of the \
      template: messages, tools, add_generation_prompt and any other, such as bos_token.

        bitnet data render chat_template.jinja --input conversation.json
      """)

  @Argument(help: "A file with a template in the Jinja language.")
  var template: String

  @Option(help: "A JSON file with the variables.")
  var input: String

  func run() throws {
    let source = try Self.text(template)
    let variables = try Self.variables(input)
    let text: String
    do {
      text = try JinjaTemplate(source).render(variables)
    } catch let error as JinjaError {
      throw RenderError.template(path: template, error)
    }
    try FileHandle.standardOutput.write(contentsOf: Data(text.utf8))
  }

  private static func text(_ path: String) throws -> String {
    guard let text = try? String(contentsOf: URL(fileURLWithPath: path), encoding: .utf8) else {
      throw RenderError.unreadable(path: path)
    }
    return text
  }

  private static func variables(_ path: String) throws -> JinjaDictionary {
    do {
      guard case .dictionary(let variables) = try JinjaValue(json: text(path)) else {
        throw RenderError.notAnObject(path: path)
      }
      return variables
    } catch let error as JinjaError {
      throw RenderError.input(path: path, error)
    }
  }
}

enum RenderError: Error, CustomStringConvertible {
  case unreadable(path: String)
  case notAnObject(path: String)
  case input(path: String, JinjaError)
  case template(path: String, JinjaError)

  var description: String {
    switch self {
    case .unreadable(let path): "\(path): is missing, is not UTF-8 text, or there is no permission to read it."
    case .notAnObject(let path): "\(path): is no JSON object. Expected one with the variables of the template."
    case .input(let path, let error): "\(path):\(error.line): \(error.message)"
    // What a template raises is its own word.
    case .template(_, let error) where error.kind == .raised: error.message
    case .template(let path, let error): "\(path):\(error.line): \(error.message)"
    }
  }
}
