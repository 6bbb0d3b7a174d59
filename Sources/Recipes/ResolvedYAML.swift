extension Recipe {
  /// The recipe with every default spelled out: what a run stores beside its checkpoints.
  ///
  /// The same recipe always gives the same text, and the text reads back as an equal recipe. Keys that have no meaning
  /// beside the others (`second_lr` of a cosine schedule) are left out.
  public func resolvedYAML() -> String {
    let draft = RecipeDraft(self)
    var text = ""
    var group: Substring?
    for entry in RecipeSchema.entries {
      guard let value = entry.write(draft) else { continue }
      let parts = entry.path.split(separator: ".")
      let (name, parent) = (parts[parts.count - 1], parts.count > 1 ? parts[0] : nil)
      if let parent, parent != group { text += "\(parent):\n" }
      group = parent
      text += "\(parent == nil ? "" : "  ")\(name): \(value)\n"
    }
    return text
  }
}
