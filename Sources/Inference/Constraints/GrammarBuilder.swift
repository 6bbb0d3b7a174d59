/// Puts the nodes of a ``ByteGrammar`` together, from the end of a rule to its beginning: what is made first is what comes
/// last in a text.
package struct GrammarBuilder {
  package typealias Node = Int32

  /// Nodes that a grammar may have.
  private static let nodeLimit = 100_000

  private var nodes: [ByteGrammar.Node] = [.end]
  private var sharedRules: [String: Node] = [:]

  package init() {}

  /// Where a rule ends.
  package let end: Node = 0

  /// Whether there are more nodes than a grammar may have; what is made of them then is of no use.
  package var isTooLarge: Bool { nodes.count > Self.nodeLimit }

  private mutating func add(_ node: ByteGrammar.Node) -> Node {
    guard !isTooLarge else { return end }
    nodes.append(node)
    return Node(nodes.count - 1)
  }

  // MARK: - Parts

  package mutating func byte(_ set: ByteSet, then next: Node) -> Node { add(.bytes(set, next: next)) }

  package mutating func text(_ text: some BidirectionalCollection<UInt8>, then next: Node) -> Node {
    text.reversed().reduce(next) { add(.bytes(ByteSet($1...$1), next: $0)) }
  }

  package mutating func text(_ string: String, then next: Node) -> Node { text(Array(string.utf8), then: next) }

  /// One of some texts. Those with the same beginning go the same way, up to a depth that a stack has room for.
  package mutating func anyText(of texts: [[UInt8]], then next: Node, depth: Int = 0) -> Node {
    var ways: [Node] = texts.contains([]) ? [next] : []
    let groups = Dictionary(grouping: texts.filter { !$0.isEmpty }) { $0[0] }
    for (first, texts) in groups.sorted(by: { $0.key < $1.key }) {
      let rests = texts.map { Array($0.dropFirst()) }
      let rest =
        texts.count == 1 || depth > 64
        ? choice(rests.map { text($0, then: next) }) : anyText(of: rests, then: next, depth: depth + 1)
      ways.append(byte(ByteSet(first...first), then: rest))
    }
    return choice(ways)
  }

  package mutating func choice(_ nodes: [Node]) -> Node { nodes.count == 1 ? nodes[0] : add(.choice(nodes)) }

  /// Nothing fits here.
  package mutating func nothing() -> Node { add(.choice([])) }

  package mutating func call(_ rule: Node, then next: Node) -> Node { add(.call(rule: rule, next: next)) }

  /// A rule several times.
  /// - Parameter maximum: nil: without a limit.
  package mutating func repetition(of rule: Node, _ minimum: Int, _ maximum: Int?, then next: Node) -> Node {
    add(
      .repetition(
        rule: rule, minimum: Int32(clamping: minimum), maximum: maximum.map { Int32(clamping: $0) } ?? .max, next: next)
    )
  }

  // MARK: - Rules

  /// A place for a rule that is to be defined later, so that others, and itself, can call it.
  package mutating func declareRule() -> Node { add(.choice([])) }

  package mutating func define(_ rule: Node, as start: Node) {
    guard rule != end else { return }
    nodes[Int(rule)] = .choice([start])
  }

  /// A rule that is made once, however often it is asked for; it may ask for itself.
  package mutating func sharedRule(_ name: String, _ make: (inout GrammarBuilder) -> Node) -> Node {
    if let known = sharedRules[name] { return known }
    let rule = declareRule()
    sharedRules[name] = rule
    define(rule, as: make(&self))
    return rule
  }

  /// The texts that fit from `start` to the end.
  /// - Returns: nil, where there is none that ends after calls that lie in each other some dozens deep.
  package func grammar(from start: Node) -> ByteGrammar? { ByteGrammar(nodes: nodes, start: start) }

  /// The texts that fit what `make` puts together.
  package static func grammar(_ make: (inout GrammarBuilder) -> Node) -> ByteGrammar? {
    var builder = GrammarBuilder()
    let start = make(&builder)
    return builder.grammar(from: start)
  }

  /// Whether a rule calls itself before any byte: nobody could say which byte may come first.
  package var isLeftRecursive: Bool {
    enum Mark { case unseen, open, done }
    var marks = [Mark](repeating: .unseen, count: nodes.count)
    for root in nodes.indices where marks[root] == .unseen {
      var path: [(node: Int, rest: ArraySlice<Node>)] = [(root, nextWithoutByte(root)[...])]
      marks[root] = .open
      while let last = path.last {
        guard let next = last.rest.first else {
          marks[last.node] = .done
          path.removeLast()
          continue
        }
        path[path.count - 1].rest.removeFirst()
        switch marks[Int(next)] {
        case .open: return true
        case .done: continue
        case .unseen:
          marks[Int(next)] = .open
          path.append((Int(next), nextWithoutByte(Int(next))[...]))
        }
      }
    }
    return false
  }

  /// No rule is empty: behind a call there has been a byte.
  private func nextWithoutByte(_ node: Int) -> [Node] {
    switch nodes[node] {
    case .bytes, .end: []
    case .choice(let nodes): nodes
    case .call(let rule, _): [rule]
    case .repetition(let rule, let minimum, _, let next): minimum > 0 ? [rule] : [rule, next]
    }
  }
}
