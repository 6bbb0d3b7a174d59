import Datasets

extension RecipeKey<RowColumns> {
  /// A mapping of the keys that are read to those of the file.
  static func columns(_ path: String) -> RecipeKey {
    RecipeKey(
      path: path,
      expected: "a mapping of keys that are read (prompt, completion, chosen, …) to keys of the file, or dotted paths",
      example: "{prompt: question, completion: answer}", parse: parse,
      format: { columns in
        let entries = columns.paths.sorted { $0.key < $1.key }
        return "{\(entries.map { "\(YAMLText.string($0.key)): \(YAMLText.string($0.value))" }.joined(separator: ", "))}"
      })
  }

  @Sendable private static func parse(_ node: RecipeNode) -> RowColumns? {
    guard case .mapping(let entries) = node.content, Set(entries.map(\.key)).count == entries.count else { return nil }
    var paths: [String: String] = [:]
    for entry in entries {
      guard RowColumns.names.contains(entry.key), let path = entry.value.text, !path.isEmpty else { return nil }
      paths[entry.key] = path
    }
    // What one key is cannot be another one as well.
    guard Set(paths.values).count == paths.count else { return nil }
    return RowColumns(paths)
  }
}
