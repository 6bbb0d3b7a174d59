/// Reads values by key, collecting what is wrong with them.
///
/// Every read gives a value – a stand-in where the recipe holds none that is right – so that one mistake does not
/// hide the next. `isSound` tells whether a value is the recipe's own.
struct RecipeReader {
  let file: String
  let root: RecipeNode
  private(set) var problems: [RecipeProblem] = []
  private var unsoundPaths: Set<String> = []

  init(file: String, root: RecipeNode) {
    self.file = file
    self.root = root
  }

  // MARK: Reading

  /// The value of a key that must be there.
  mutating func required<Value>(_ key: RecipeKey<Value>, because reason: String? = nil) -> Value {
    if let value = optional(key) { return value }
    if !unsoundPaths.contains(key.path) {
      unsoundPaths.insert(key.path)
      add(
        "`\(key.path)` is missing\(reason.map { " (\($0))" } ?? "")", at: parentPosition(of: key.path),
        expected: key.expected, suggestion: "`\(name(of: key.path)): \(key.example)`")
    }
    return standIn(key)
  }

  /// nil when the key is absent, null, or wrong.
  mutating func optional<Value>(_ key: RecipeKey<Value>) -> Value? {
    if isBehindNonMapping(key.path) {
      unsoundPaths.insert(key.path)
      return nil
    }
    guard let node = node(at: key.path), !node.isNull else { return nil }
    if let value = key.parse(node) { return value }
    unsoundPaths.insert(key.path)
    let mend = node.text.flatMap { KeySuggestions.nearest(to: $0, in: key.choices) } ?? key.example
    add(
      "`\(key.path)` is \(node.spoken)", at: node.position, expected: key.expected,
      suggestion: assignment(mend, to: key.path, at: node.position))
    return nil
  }

  // MARK: What the recipe holds

  func node(at path: String) -> RecipeNode? {
    path.split(separator: ".").reduce(root) { node, key in node?[String(key)]?.value }
  }

  /// True when the key is there and not null.
  func isGiven(_ path: String) -> Bool {
    node(at: path).map { !$0.isNull } ?? false
  }

  func position(of path: String) -> RecipePosition {
    node(at: path)?.position ?? .file(line: 1, column: 1)
  }

  /// False when the value read for `path` is a stand-in.
  func isSound(_ path: String) -> Bool {
    !unsoundPaths.contains(path)
  }

  /// `lr: 0.1` in a file, `optimizer.lr=0.1` on the command line.
  func assignment(_ value: String, to path: String, at position: RecipePosition) -> String {
    switch position {
    case .file: "`\(name(of: path)): \(value)`"
    case .commandLine: "`\(path)=\(value)`"
    }
  }

  mutating func add(_ message: String, at position: RecipePosition, expected: String?, suggestion: String?) {
    problems.append(
      RecipeProblem(file: file, position: position, message: message, expected: expected, suggestion: suggestion))
  }

  private func name(of path: String) -> String {
    path.split(separator: ".").last.map(String.init) ?? path
  }

  private func parentPosition(of path: String) -> RecipePosition {
    var (place, node) = (RecipePosition.file(line: 1, column: 1), RecipeNode?.some(root))
    for key in path.split(separator: ".").dropLast() {
      let entry = node?[String(key)]
      (place, node) = (entry?.keyPosition ?? place, entry?.value)
    }
    return place
  }

  private func isBehindNonMapping(_ path: String) -> Bool {
    RecipeSchema.parents(of: path).contains { parent in
      guard let node = node(at: parent), !node.isNull else { return false }
      if case .mapping = node.content { return false }
      return true
    }
  }

  private func standIn<Value>(_ key: RecipeKey<Value>) -> Value {
    let example = try? RecipeParser(file: file).parse("value: \(key.example)")["value"]?.value
    guard let value = example.flatMap(key.parse) else {
      preconditionFailure("the example of `\(key.path)` is not a value of it: \(key.example)")
    }
    return value
  }
}
