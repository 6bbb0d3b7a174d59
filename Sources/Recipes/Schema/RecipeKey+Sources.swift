import Datasets

extension RecipeKey<[DataSource]> {
  /// A file, or a list of files and of mappings with a weight each.
  static func sources(_ path: String) -> RecipeKey {
    RecipeKey(
      path: path,
      expected:
        "a plain, .gz or .zip file, or a list of different files, each as text or as {path: …, weight: …} with a "
        + "weight above 0 up to 1000",
      example: "data/enwik8", parse: parse, format: format)
  }

  @Sendable private static func parse(_ node: RecipeNode) -> [DataSource]? {
    guard case .sequence(let nodes) = node.content else { return source(node).map { [$0] } }
    let sources = nodes.compactMap(source)
    guard !sources.isEmpty, sources.count == nodes.count, Set(sources.map(\.path)).count == sources.count,
      sources.count <= 1000
    else { return nil }
    return sources
  }

  private static func source(_ node: RecipeNode) -> DataSource? {
    guard case .mapping(let entries) = node.content else { return path(node).map { DataSource(path: $0) } }
    guard Set(entries.map(\.key)).count == entries.count, entries.allSatisfy({ ["path", "weight"].contains($0.key) }),
      let path = node["path"].flatMap({ path($0.value) })
    else { return nil }
    guard let weight = node["weight"] else { return DataSource(path: path) }
    guard let number = weight.value.number, number > 0, number <= 1000 else { return nil }
    return DataSource(path: path, weight: number)
  }

  private static func path(_ node: RecipeNode) -> String? {
    node.hasControlCharacters ? nil : node.text.flatMap { $0.allSatisfy(\.isWhitespace) ? nil : $0 }
  }

  @Sendable private static func format(_ sources: [DataSource]) -> String {
    func text(_ source: DataSource) -> String {
      let path = YAMLText.string(source.path)
      return source.weight == 1 ? path : "{path: \(path), weight: \(YAMLText.number(source.weight))}"
    }
    guard sources.count != 1 || sources[0].weight != 1 else { return text(sources[0]) }
    return "[\(sources.map(text).joined(separator: ", "))]"
  }
}
