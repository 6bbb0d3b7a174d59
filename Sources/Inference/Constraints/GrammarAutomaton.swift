/// Reads texts of a grammar byte by byte. States are made as they are reached and kept, so that most steps are one look into a
/// table.
///
/// A state is the set of all ways in which the grammar allows what was read; each way is the node that waits for the next byte
/// and the calls around it.
struct GrammarAutomaton: Sendable {
  typealias State = Int32

  /// A call that has not come back.
  private struct Frame: Hashable {
    /// Where it comes back to.
    let node: Int32
    /// Of a repetition, how often it was made; no more than makes a difference.
    let count: Int32
    let parent: Int32
    let depth: Int32
  }

  /// A node that waits for a byte, or nothing but the end.
  private struct Configuration: Hashable, Comparable {
    let node: Int32
    let frame: Int32

    static func < (left: Configuration, right: Configuration) -> Bool {
      (left.node, left.frame) < (right.node, right.frame)
    }
  }

  private struct Pending: Hashable {
    let node: Int32
    let count: Int32
    let frame: Int32
  }

  /// A mask of a large vocabulary takes some hundred thousand; these take less than a second.
  static let usualSteps = 4_000_000

  /// The state that nothing leads out of, since what was read is not of the grammar.
  static let dead: State = -1
  private static let unknown: State = -2
  private static let outermost: Int32 = -1
  private static let finished: Int32 = -1

  private let grammar: ByteGrammar
  private let classCount: Int
  private var frames: [Frame] = []
  private var frameNumbers: [Frame: Int32] = [:]
  private var states: [[Configuration]] = []
  private var stateNumbers: [[Configuration]: State] = [:]
  /// [state, class of bytes].
  private var transitions: [State] = []
  /// How many ways may still be followed; where none may, nothing more is found.
  private var steps = 0

  init(_ grammar: ByteGrammar) {
    self.grammar = grammar
    classCount = grammar.classes.examples.count
    steps = Self.usualSteps
  }

  var stateCount: Int { states.count }

  /// Whether there are more ways than were allowed, as in a grammar with many alternatives that are alike and nested.
  var isExhausted: Bool { steps <= 0 }

  mutating func allow(steps: Int) { self.steps = steps }

  /// Before the first byte.
  mutating func start() -> State { state(of: [Pending(node: grammar.start, count: 0, frame: Self.outermost)]) }

  /// Whether what was read is a whole text.
  func isAccepting(_ state: State) -> Bool {
    state != Self.dead && states[Int(state)].first?.node == Self.finished
  }

  /// Whether any byte may follow.
  func canContinue(_ state: State) -> Bool {
    state != Self.dead && states[Int(state)].last?.node != Self.finished
  }

  mutating func next(_ state: State, _ byte: UInt8) -> State {
    let place = Int(state) * classCount + Int(grammar.classes.numbers[Int(byte)])
    let known = transitions[place]
    if known != Self.unknown { return known }
    let made = makeNext(state, byte)
    transitions[place] = made
    return made
  }

  private mutating func makeNext(_ state: State, _ byte: UInt8) -> State {
    var pending: [Pending] = []
    steps -= states[Int(state)].count
    for configuration in states[Int(state)] where configuration.node != Self.finished {
      if case .bytes(let set, let next) = grammar.nodes[Int(configuration.node)], set.contains(byte) {
        pending.append(Pending(node: next, count: 0, frame: configuration.frame))
      }
    }
    return pending.isEmpty ? Self.dead : self.state(of: pending)
  }

  /// Goes on from some places without a byte, as far as that is possible.
  private mutating func state(of places: [Pending]) -> State {
    var pending = places
    var seen: Set<Pending> = []
    var configurations: Set<Configuration> = []
    while let place = pending.popLast(), !isExhausted {
      steps -= 1
      let depth = place.frame == Self.outermost ? 0 : frames[Int(place.frame)].depth
      // What could not be ended within the limit is not begun.
      guard depth + grammar.heights[Int(place.node)] <= ByteGrammar.depthLimit, seen.insert(place).inserted else {
        continue
      }
      switch grammar.nodes[Int(place.node)] {
      case .bytes: configurations.insert(Configuration(node: place.node, frame: place.frame))
      case .choice(let nodes): pending += nodes.map { Pending(node: $0, count: 0, frame: place.frame) }
      case .call(let rule, let next):
        // Nothing comes behind it but the end of this rule: the calls around it are enough.
        let isLast = grammar.nodes[Int(next)] == .end
        let frame = isLast ? place.frame : frame(backTo: next, 0, in: place.frame, depth)
        pending.append(Pending(node: rule, count: 0, frame: frame))
      case .repetition(let rule, let minimum, let maximum, let next):
        if place.count >= minimum { pending.append(Pending(node: next, count: 0, frame: place.frame)) }
        guard place.count < maximum else { continue }
        let count = min(place.count + 1, maximum == .max ? minimum : maximum)
        pending.append(
          Pending(node: rule, count: 0, frame: frame(backTo: place.node, count, in: place.frame, depth)))
      case .end:
        if place.frame == Self.outermost {
          configurations.insert(Configuration(node: Self.finished, frame: Self.outermost))
        } else {
          let frame = frames[Int(place.frame)]
          pending.append(Pending(node: frame.node, count: frame.count, frame: frame.parent))
        }
      }
    }
    return configurations.isEmpty ? Self.dead : number(of: configurations.sorted())
  }

  private mutating func frame(backTo node: Int32, _ count: Int32, in parent: Int32, _ depth: Int32) -> Int32 {
    let frame = Frame(node: node, count: count, parent: parent, depth: depth + 1)
    if let known = frameNumbers[frame] { return known }
    frames.append(frame)
    frameNumbers[frame] = Int32(frames.count - 1)
    return Int32(frames.count - 1)
  }

  private mutating func number(of configurations: [Configuration]) -> State {
    if let known = stateNumbers[configurations] { return known }
    states.append(configurations)
    transitions += repeatElement(Self.unknown, count: classCount)
    stateNumbers[configurations] = State(states.count - 1)
    return State(states.count - 1)
  }

  /// Forgets all states but one, which gets another number.
  mutating func forget(but state: State) -> State {
    var other = GrammarAutomaton(grammar)
    let configurations = states[Int(state)].map { configuration in
      Configuration(node: configuration.node, frame: other.copy(configuration.frame, of: self))
    }
    let kept = other.number(of: configurations.sorted())
    other.steps = steps
    self = other
    return kept
  }

  private mutating func copy(_ number: Int32, of other: GrammarAutomaton) -> Int32 {
    guard number != Self.outermost else { return number }
    let frame = other.frames[Int(number)]
    return self.frame(backTo: frame.node, frame.count, in: copy(frame.parent, of: other), frame.depth - 1)
  }
}

extension ByteGrammar {
  /// How a text stands to a grammar.
  package enum Fit: Equatable, Sendable {
    /// Nothing that begins with so many of its bytes fits.
    case none(after: Int)
    /// Texts that begin with it fit, it alone does not.
    case beginning
    /// - Parameter isLongest: nothing can follow.
    case whole(isLongest: Bool)
  }

  package func fit(of text: some Sequence<UInt8>) -> Fit {
    var automaton = GrammarAutomaton(self)
    var state = automaton.start()
    for (index, byte) in text.enumerated() {
      state = automaton.next(state, byte)
      if state == GrammarAutomaton.dead { return .none(after: index + 1) }
    }
    return automaton.isAccepting(state) ? .whole(isLongest: !automaton.canContinue(state)) : .beginning
  }
}
