import Yams

/// Turns Yams' tree into ours, puts anchored nodes in place of aliases, and refuses what grows beyond `RecipeLimits`.
struct RecipeNodeConverter {
  /// Why a tree is none of a recipe.
  struct Refusal: Error {
    var message: String
    var position: RecipePosition
    var expected: String?

    static func tooDeep(_ position: RecipePosition) -> Refusal {
      Refusal(
        message: "lists and mappings are nested too deeply", position: position,
        expected: "at most \(RecipeLimits.depth) inside of each other")
    }
  }

  /// What a later alias can stand for.
  private struct Anchored {
    var node: RecipeNode
    var nodeCount: Int
    /// The depth of its deepest node below itself.
    var height: Int
  }

  private let aliases: DisguisedAliases
  private let position: (Mark?) -> RecipePosition
  private let restore: (String) -> String
  private var anchored: [String: Anchored] = [:]
  private var nodeCount = 0
  private var greatestDepth = 0

  init(
    _ aliases: DisguisedAliases, position: @escaping (Mark?) -> RecipePosition, restore: @escaping (String) -> String
  ) {
    self.aliases = aliases
    self.position = position
    self.restore = restore
  }

  /// - Parameter depth: number of lists and mappings around the node.
  /// - Throws: `Refusal`.
  mutating func convert(_ node: Node, depth: Int = 0) throws -> RecipeNode {
    guard let anchor = node.anchor else { return try convertBare(node, depth) }
    let (nodesBefore, depthBefore) = (nodeCount, greatestDepth)
    greatestDepth = depth
    let result = try convertBare(node, depth)
    // Known from here on only: a node that contains itself has no end.
    anchored[anchor.rawValue] = Anchored(
      node: result, nodeCount: nodeCount - nodesBefore, height: greatestDepth - depth)
    greatestDepth = max(greatestDepth, depthBefore)
    return result
  }

  private mutating func convertBare(_ node: Node, _ depth: Int) throws -> RecipeNode {
    let position = position(node.mark)
    switch node {
    case .scalar(let scalar):
      let isPlain = scalar.style == .plain || scalar.style == .any
      if isPlain, let name = aliases.name(in: scalar.string) { return try expand(String(name), at: position, depth) }
      try count(1, toDepth: depth, at: position)
      return RecipeNode(content: .scalar(restore(scalar.string), isQuoted: !isPlain), position: position)
    case .sequence(let sequence):
      try count(1, toDepth: depth + 1, at: position)
      var nodes: [RecipeNode] = []
      for element in sequence { nodes.append(try convert(element, depth: depth + 1)) }
      return RecipeNode(content: .sequence(nodes), position: position)
    case .mapping(let mapping):
      try count(1, toDepth: depth + 1, at: position)
      var entries: [RecipeNode.Entry] = []
      for (key, value) in mapping { entries.append(try entry(key, value, depth + 1)) }
      return RecipeNode(content: .mapping(entries), position: position)
    case .alias(let alias):
      return try expand(alias.anchor.rawValue, at: position, depth)
    }
  }

  private mutating func entry(_ key: Node, _ value: Node, _ depth: Int) throws -> RecipeNode.Entry {
    var text = "?"
    if case .scalar(let name, _) = try convert(key, depth: depth).content { text = name }
    return RecipeNode.Entry(
      key: text, keyPosition: position(key.mark), value: try convert(value, depth: depth))
  }

  private mutating func expand(_ name: String, at position: RecipePosition, _ depth: Int) throws -> RecipeNode {
    guard let target = anchored[name] else {
      let isName = name.wholeMatch(of: /[A-Za-z0-9_\-]+/) != nil
      let fault = isName ? "found undefined alias" : "a plain text begins with a star"
      throw Refusal(
        message: "not valid YAML: \(fault)", position: position, expected: isName ? nil : "quotes around it")
    }
    try count(target.nodeCount, toDepth: depth + target.height, at: position)
    return target.node
  }

  private mutating func count(_ nodes: Int, toDepth depth: Int, at position: RecipePosition) throws {
    nodeCount += nodes
    greatestDepth = max(greatestDepth, depth)
    guard nodeCount <= RecipeLimits.nodes else {
      throw Refusal(
        message: "more values than a recipe has, those that aliases stand for included", position: position,
        expected: "at most \(RecipeLimits.nodes)")
    }
    guard depth <= RecipeLimits.depth else { throw Refusal.tooDeep(position) }
  }
}
