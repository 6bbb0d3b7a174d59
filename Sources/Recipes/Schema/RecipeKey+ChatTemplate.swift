import Templates
import Tokenization

extension RecipeKey<ChatTemplate> {
  /// The name of a built-in template, or the path of a file with one, relative to the current directory.
  static func chatTemplate(_ path: String) -> RecipeKey {
    RecipeKey(
      path: path,
      expected: "one of \(ChatTemplate.builtInNames), or the path of a readable Jinja template that ends with "
        + ChatTemplate.fileExtension,
      example: ChatTemplate.plain.name, choices: ChatTemplate.allCases.map(\.name),
      parse: { node in node.text.flatMap { try? ChatTemplate(nameOrPath: $0) } },
      format: { YAMLText.string($0.name) })
  }
}
