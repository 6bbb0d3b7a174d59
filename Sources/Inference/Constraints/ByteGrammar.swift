import FileFormats

/// A set of byte strings, described by rules that may call each other: what a text may be.
///
/// The rules are a graph of nodes. A byte leads from one node to the next, a call comes back to the node behind it when the rule
/// that was called ends, and a repetition is a call that is made several times.
public struct ByteGrammar: Equatable, Sendable {
  enum Node: Hashable, Sendable {
    case bytes(ByteSet, next: Int32)
    case choice([Int32])
    case call(rule: Int32, next: Int32)
    case repetition(rule: Int32, minimum: Int32, maximum: Int32, next: Int32)
    /// The end of a rule.
    case end
  }

  /// Calls that may lie in each other: objects and arrays of an answer nest about twice as deep, which readers of JSON hold.
  static let depthLimit: Int32 = 30

  let nodes: [Node]
  let start: Int32
  /// Per node, how many calls must lie in each other from there to the end of its rule.
  let heights: [Int32]
  let classes: ByteClasses
  /// SHA-256, in hexadecimal, of what it says.
  public let fingerprint: String

  /// - Returns: nil, where no text, or none of calls that are not too deep, fits the rules.
  init?(nodes: [Node], start: Int32) {
    (self.nodes, self.start) = (nodes, start)
    heights = Self.heights(nodes)
    guard heights[Int(start)] <= Self.depthLimit else { return nil }
    classes = ByteClasses(nodes)
    fingerprint = Self.fingerprint(nodes, start)
  }

  public static func == (left: ByteGrammar, right: ByteGrammar) -> Bool { left.fingerprint == right.fingerprint }

  private static func fingerprint(_ nodes: [Node], _ start: Int32) -> String {
    var hash = SHA256()
    func add(_ numbers: Int32...) { numbers.withUnsafeBytes { hash.update($0) } }
    add(start)
    for node in nodes {
      switch node {
      case .bytes(let set, let next):
        add(0, next)
        withUnsafeBytes(of: set.words) { hash.update($0) }
      case .choice(let ways):
        add(1, Int32(ways.count))
        ways.withUnsafeBytes { hash.update($0) }
      case .call(let rule, let next): add(2, rule, next)
      case .repetition(let rule, let minimum, let maximum, let next): add(3, rule, minimum, maximum, next)
      case .end: add(4)
      }
    }
    return hash.hexadecimal
  }

  /// Found from the ends on: what cannot be ended stays beyond every limit, and no text is led there.
  private static func heights(_ nodes: [Node]) -> [Int32] {
    let endless = depthLimit + 1
    var heights = [Int32](repeating: endless, count: nodes.count)
    var dependents = [[Int]](repeating: [], count: nodes.count)
    for (index, node) in nodes.enumerated() {
      for other in node.successors { dependents[Int(other)].append(index) }
    }
    // A height falls a few dozen times at most, and only then are the nodes looked at that depend on it.
    var pending = Array(nodes.indices)
    while let index = pending.popLast() {
      let height: Int32 =
        switch nodes[index] {
        case .end: 0
        case .bytes(let set, let next): set.isEmpty ? endless : heights[Int(next)]
        case .choice(let ways): ways.map { heights[Int($0)] }.min() ?? endless
        case .call(let rule, let next) where nodes[Int(next)] == .end: heights[Int(rule)]
        case .call(let rule, let next): max(heights[Int(rule)] + 1, heights[Int(next)])
        case .repetition(let rule, let minimum, _, let next):
          minimum > 0 ? max(heights[Int(rule)] + 1, heights[Int(next)]) : heights[Int(next)]
        }
      guard min(height, endless) < heights[index] else { continue }
      heights[index] = height
      pending += dependents[index]
    }
    return heights
  }
}

extension ByteGrammar.Node {
  fileprivate var successors: [Int32] {
    switch self {
    case .end: []
    case .bytes(_, let next): [next]
    case .choice(let ways): ways
    case .call(let rule, let next), .repetition(let rule, _, _, let next): [rule, next]
    }
  }
}

/// Bytes that no node tells apart are of one class.
struct ByteClasses: Equatable, Sendable {
  /// Per byte.
  private(set) var numbers = [UInt8](repeating: 0, count: 256)
  /// Per class one of its bytes.
  private(set) var examples: [UInt8] = []

  init(_ nodes: [ByteGrammar.Node]) {
    var sets: Set<ByteSet> = []
    for case .bytes(let set, _) in nodes { sets.insert(set) }
    var known: [[Bool]: UInt8] = [:]
    let ordered = Array(sets)
    for byte in UInt8.min...UInt8.max {
      let memberships = ordered.map { $0.contains(byte) }
      let number = known[memberships] ?? UInt8(examples.count)
      if known.updateValue(number, forKey: memberships) == nil { examples.append(byte) }
      numbers[Int(byte)] = number
    }
  }
}
