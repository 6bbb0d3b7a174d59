extension Recipe {
  /// The recipe with every default spelled out: what a run stores beside its checkpoints.
  ///
  /// The same recipe always gives the same text, and the text reads back as an equal recipe. Keys that have no meaning
  /// beside the others (`second_lr` of a cosine schedule) are left out.
  public func resolvedYAML() -> String {
    let draft = RecipeDraft(self)
    var text = ""
    var groups: [String] = []
    func add(_ path: String, _ value: String) {
      let parts = path.split(separator: ".")
      text += String(repeating: "  ", count: parts.count - 1) + "\(parts[parts.count - 1]):\(value)\n"
    }
    for entry in RecipeSchema.entries {
      guard let value = entry.write(draft) else { continue }
      let parents = RecipeSchema.parents(of: entry.path)
      for group in parents where !groups.contains(group) { add(group, "") }
      groups = parents
      add(entry.path, " \(value)")
    }
    return text
  }
}
