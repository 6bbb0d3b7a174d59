/// A key of the recipe in which runs differ.
package struct RunDifference: Equatable, Sendable {
  package let key: String
  /// One per run; nil where it has none.
  package let values: [String?]

  /// In the order in which the recipes name them; where the output goes is no difference.
  package static func all(_ runs: [RunHistory]) -> [RunDifference] {
    var keys: [String] = []
    for run in runs { for entry in run.recipe where !keys.contains(entry.key) { keys.append(entry.key) } }
    return keys.filter { $0 != "output_dir" }.compactMap { key in
      let values = runs.map { run in run.recipe.first { $0.key == key }?.value }
      return Set(values).count > 1 ? RunDifference(key: key, values: values) : nil
    }
  }
}
