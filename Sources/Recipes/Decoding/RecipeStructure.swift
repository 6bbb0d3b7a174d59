import FileFormats

/// The checks that need no values: every key known, each given once, mappings where mappings belong.
struct RecipeStructure {
  let file: String
  private var found: [RecipeProblem] = []
  private var unknownKeyCount = 0
  private var firstUntold: RecipePosition?

  init(file: String) {
    self.file = file
  }

  /// What was found so far. Of many unknown keys – another kind of file – the first ones are told, and how many follow.
  var problems: [RecipeProblem] {
    guard let firstUntold else { return found }
    return found + [
      RecipeProblem(
        file: file, position: firstUntold,
        message: "\(unknownKeyCount - RecipeLimits.unknownKeys) more unknown keys from here on")
    ]
  }

  mutating func check(_ root: RecipeNode) {
    guard case .mapping(let entries) = root.content else {
      add(
        "a recipe is \(root.spoken)", at: root.position, expected: "a mapping of keys",
        suggestion: "`recipe: pretrain`")
      return
    }
    checkDuplicates(entries, prefix: "")
    for entry in entries { check(entry, path: entry.key) }
  }

  private mutating func check(_ entry: RecipeNode.Entry, path: String) {
    let (isGroup, isValue) = (RecipeSchema.groups.contains(path), RecipeSchema.paths.contains(path))
    if entry.key.contains("."), isGroup || isValue {
      // The dotted form belongs to the command line.
      add("unknown key `\(entry.key)`; did you mean `\(Self.nested(entry.key))`?", at: entry.keyPosition)
    } else if isGroup {
      checkGroup(entry, path: path)
    } else if !isValue {
      reportUnknown(path, at: entry.keyPosition)
    }
  }

  /// `a: {b: {c: …}}` for `a.b.c`.
  private static func nested(_ key: String) -> String {
    let parts = key.split(separator: ".")
    return "\(parts[0]): " + parts.dropFirst().reversed().reduce("…") { "{\($1): \($0)}" }
  }

  /// False, and a problem, when an override names no key of a recipe.
  mutating func checkPath(of change: RecipeOverride) -> Bool {
    let isKnown = RecipeSchema.paths.contains(change.path) || RecipeSchema.groups.contains(change.path)
    if !isKnown { reportUnknown(change.path, at: change.position) }
    return isKnown
  }

  private mutating func checkGroup(_ group: RecipeNode.Entry, path: String) {
    guard case .mapping(let entries) = group.value.content else {
      if !group.value.isNull {
        add(
          "`\(path)` is \(group.value.spoken)", at: group.value.position, expected: "a mapping of keys",
          suggestion: "`\(group.key): {\(exampleEntry(of: path))}`")
      }
      return
    }
    checkDuplicates(entries, prefix: path + ".")
    for entry in entries { check(entry, path: "\(path).\(entry.key)") }
  }

  private mutating func checkDuplicates(_ entries: [RecipeNode.Entry], prefix: String) {
    var seen: Set<String> = []
    for entry in entries where !seen.insert(entry.key).inserted {
      add(
        "`\(prefix)\(entry.key.printable())` is given twice", at: entry.keyPosition, expected: "each key once",
        suggestion: "removing one")
    }
  }

  private mutating func reportUnknown(_ path: String, at position: RecipePosition) {
    unknownKeyCount += 1
    guard unknownKeyCount <= RecipeLimits.unknownKeys else {
      firstUntold = firstUntold ?? position
      return
    }
    if let right = KeySuggestions.path(for: path) {
      add("unknown key `\(path.printable())`; did you mean `\(right)`?", at: position)
    } else {
      add(
        "unknown key `\(path.printable())`", at: position,
        expected: "one of \(names(beside: path).joined(separator: ", "))")
    }
  }

  /// The keys of the innermost mapping that there is around an unknown one; the mappings where the outermost is unknown.
  private func names(beside path: String) -> [String] {
    let parents = RecipeSchema.parents(of: path)
    guard !parents.isEmpty else { return RecipeSchema.paths.filter { !$0.contains(".") } }
    guard let group = parents.last(where: RecipeSchema.groups.contains) else {
      return RecipeSchema.groups.filter { !$0.contains(".") }
    }
    return RecipeSchema.paths.filter { $0.hasPrefix(group + ".") }.map { String($0.dropFirst(group.count + 1)) }
  }

  private func exampleEntry(of group: String) -> String {
    switch group {
    case "model": "hidden_size: 256, …"
    case "bitlinear": "weight_quant: absmean"
    case "bitlinear.warmup": "type: linear"
    case "tokenizer": "type: byte"
    case "dataset": "path: data/enwik8"
    case "lora": "rank: 16"
    case "loss": "type: sigmoid"
    case "optimizer": "lr: 2.0e-3"
    case "lr_scheduler": "type: cosine"
    default: "dtype: bfloat16"
    }
  }

  private mutating func add(
    _ message: String, at position: RecipePosition, expected: String? = nil, suggestion: String? = nil
  ) {
    found.append(
      RecipeProblem(file: file, position: position, message: message, expected: expected, suggestion: suggestion))
  }
}
