import Templates

extension ChatTemplate {
  /// The variables that rendering itself sets, whatever else is given.
  public static let ownVariables = ["messages", "tools", "documents", "add_generation_prompt"]

  /// Whether the template may read a variable, or a key of a message, of this name.
  public func mentions(_ name: String) -> Bool { program.mentions(name) }

  /// The template with more variables, such as `enable_thinking`; they take the place of those of the same name.
  /// - Throws: `ChatTemplateError.unusableVariable` for one that the template never reads, or that rendering sets.
  public func setting(_ variables: JinjaDictionary) throws -> ChatTemplate {
    for name in variables.entries.map(\.key) where Self.ownVariables.contains(name) || !mentions(name) {
      throw ChatTemplateError.unusableVariable(template: self, name: name)
    }
    var result = self
    result.variables = result.variables.merging(variables)
    return result
  }
}
