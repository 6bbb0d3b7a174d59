/// Every key a recipe may hold, in the order in which a resolved recipe is written. A key is declared once, here in one of
/// the lists: what is read, checked, suggested, written and refused follows from its entry.
package enum RecipeSchema {
  static let entries: [RecipeEntry] = run + model + data + fineTuning + training + optimizer + progress

  /// The paths of all keys that hold a value.
  package static let paths: [String] = entries.map(\.path)

  /// The paths of keys that hold a mapping, each behind the one it is in.
  package static let groups: [String] = {
    var groups: [String] = []
    for path in paths {
      for group in parents(of: path) where !groups.contains(group) { groups.append(group) }
    }
    return groups
  }()

  /// The mappings that a key is in, from the outermost on: `a` and `a.b` of `a.b.c`.
  static func parents(of path: String) -> [String] {
    path.indices.filter { path[$0] == "." }.map { String(path[..<$0]) }
  }

  /// What other tools (nanoGPT, Hugging Face Trainer, torchtune, mlx-lm, Axolotl …) call the same things.
  package static let foreignNames: [String: String] = {
    let ofKeys = entries.flatMap { entry in entry.aliases.map { ($0, entry.path) } }
    return Dictionary(uniqueKeysWithValues: ofKeys + foreignGroups)
  }()

  private static let foreignGroups = [
    ("scheduler", "lr_scheduler"),
    ("lr_schedule", "lr_scheduler"),
    ("data", "dataset"),
  ]
}
