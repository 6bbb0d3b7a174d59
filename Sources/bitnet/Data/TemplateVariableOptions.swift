import ArgumentParser
import Templates
import Tokenization

/// What a chat template is told besides the conversation.
struct TemplateVariableOptions: ParsableArguments {
  @Option(
    help: ArgumentHelp(
      "What the chat template is told, as in enable_thinking=false; values are JSON, anything else is text.",
      valueName: "key=value"))
  var templateVariable: [TemplateVariable] = []

  /// The template with these variables.
  /// - Throws: `ChatTemplateError.unusableVariable` for one that it does not read.
  func applied(to template: ChatTemplate) throws -> ChatTemplate {
    var variables = JinjaDictionary()
    for variable in templateVariable { variables[variable.name] = variable.value }
    return try template.setting(variables)
  }
}

struct TemplateVariable: ExpressibleByArgument {
  let name: String
  let value: JinjaValue

  init?(argument: String) {
    let parts = argument.split(separator: "=", maxSplits: 1, omittingEmptySubsequences: false).map(String.init)
    guard parts.count == 2, parts[0].wholeMatch(of: /[A-Za-z_][A-Za-z0-9_]*/) != nil else { return nil }
    name = parts[0]
    value = (try? JinjaValue(json: parts[1])) ?? .string(parts[1])
  }
}
