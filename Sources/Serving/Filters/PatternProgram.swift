/// Patterns as one nondeterministic automaton: a text is looked through once for all of them, and no pattern can make that take
/// more than the number of its steps for each character.
struct PatternProgram: Sendable {
  private enum Step: Sendable {
    case scalar(ScalarSet, next: Int)
    case wordBoundary(next: Int)
    case split([Int])
    /// The number of the pattern.
    case match(Int)
  }

  struct Match: Equatable {
    var range: Range<Int>
    var pattern: Int
  }

  private let steps: [Step]
  private let beginnings: Beginnings

  /// - Parameter patterns: none matches without a character. Of two that match the same, the first counts.
  init(_ patterns: [TextPattern]) {
    var entries: [Int] = []
    var steps: [Step] = []
    for (number, pattern) in patterns.enumerated() {
      steps.append(.match(number))
      entries.append(Self.add(pattern, before: steps.count - 1, to: &steps))
    }
    self.steps = steps
    beginnings = Beginnings([false, true].map { Self.choices(behind: entries, steps, isBoundary: $0) })
  }

  /// What the first character of a match can be, and where it leads.
  private typealias Choice = (set: ScalarSet, next: Int)

  private static func choices(behind entries: [Int], _ steps: [Step], isBoundary: Bool) -> [Choice] {
    var (open, seen, choices) = (entries, Set<Int>(), [Choice]())
    while let step = open.popLast() {
      guard seen.insert(step).inserted else { continue }
      switch steps[step] {
      case .scalar(let set, let next): choices.append((set, next))
      case .wordBoundary(let next): if isBoundary { open.append(next) }
      case .split(let next): open += next
      case .match: continue
      }
    }
    return choices
  }

  /// The choices of every character, so that hundreds of words cost no more than one where none of them begins.
  private struct Beginnings: Sendable {
    /// Elsewhere, and at the boundary of a word.
    private let choices: [[(set: ScalarSet, next: Int)]]
    private let ofASCII: [[Int]]

    init(_ choices: [[Choice]]) {
      self.choices = choices
      ofASCII = choices.flatMap { choices in
        (0..<128).map { code in
          let scalar = FoldedScalar(Unicode.Scalar(UInt8(code)))
          return choices.filter { $0.set.contains(scalar) }.map(\.next)
        }
      }
    }

    func steps(behind scalar: FoldedScalar, isBoundary: Bool) -> [Int] {
      let place = isBoundary ? 1 : 0
      guard scalar.own.isASCII else { return choices[place].filter { $0.set.contains(scalar) }.map(\.next) }
      return ofASCII[128 * place + Int(scalar.own.value)]
    }
  }

  /// - Returns: the first step of the pattern, behind which comes `next`.
  private static func add(_ pattern: TextPattern, before next: Int, to steps: inout [Step]) -> Int {
    switch pattern {
    case .scalar(let set): steps.append(.scalar(set, next: next))
    case .wordBoundary: steps.append(.wordBoundary(next: next))
    case .sequence(let parts): return parts.reversed().reduce(next) { add($1, before: $0, to: &steps) }
    case .alternatives(let parts): steps.append(.split(parts.map { add($0, before: next, to: &steps) }))
    case .repeated(let part, let counts):
      var first = next
      for number in (0..<counts.upperBound).reversed() {
        first = add(part, before: first, to: &steps)
        if number >= counts.lowerBound {
          steps.append(.split([first, next]))
          first = steps.count - 1
        }
      }
      return first
    }
    return steps.count - 1
  }

  /// The match that begins first, at `start` or later and before `end`; of several, the longest.
  func firstMatch(in text: [Unicode.Scalar], from start: Int, before end: Int) -> Match? {
    var run = Run(program: self)
    var place = start
    while true {
      let isBoundary = (place > 0 && text[place - 1].isOfWord) != (place < text.count && text[place].isOfWord)
      run.arrive(at: place, isBoundary: isBoundary)
      let begins = place < end && run.best == nil
      guard place < text.count, begins || run.isMatching else { return run.best }
      run.take(FoldedScalar(text[place]), at: place, begins: begins, isBoundary: isBoundary)
      place += 1
    }
  }

  private struct Thread {
    let step: Int
    /// Where its match would begin.
    let start: Int
  }

  /// Threads in the order of their beginnings. Of two at the same step, the later one can find nothing better.
  private struct Run {
    let program: PatternProgram
    private(set) var best: Match?
    /// Those that wait for a character.
    private var waiting: [Thread] = []
    /// Those that took it.
    private var arriving: [Thread] = []
    /// The place at which a step was reached last.
    private var reached: [Int]

    init(program: PatternProgram) {
      self.program = program
      reached = [Int](repeating: -1, count: program.steps.count)
    }

    /// Whether there may be a match, or a longer one.
    var isMatching: Bool { !waiting.isEmpty }

    mutating func arrive(at place: Int, isBoundary: Bool) {
      waiting.removeAll(keepingCapacity: true)
      for thread in arriving { follow(thread.step, thread.start, at: place, isBoundary) }
      if let best { waiting.removeAll { $0.start > best.range.lowerBound } }
    }

    mutating func take(_ scalar: FoldedScalar, at place: Int, begins: Bool, isBoundary: Bool) {
      arriving.removeAll(keepingCapacity: true)
      for thread in waiting {
        if case .scalar(let set, let next) = program.steps[thread.step], set.contains(scalar) {
          arriving.append(Thread(step: next, start: thread.start))
        }
      }
      guard begins else { return }
      for next in program.beginnings.steps(behind: scalar, isBoundary: isBoundary) {
        arriving.append(Thread(step: next, start: place))
      }
    }

    private mutating func follow(_ first: Int, _ start: Int, at place: Int, _ isBoundary: Bool) {
      var open = [first]
      while let step = open.popLast() {
        guard reached[step] != place else { continue }
        reached[step] = place
        switch program.steps[step] {
        case .scalar: waiting.append(Thread(step: step, start: start))
        case .wordBoundary(let next): if isBoundary { open.append(next) }
        case .split(let next): open += next.reversed()
        case .match(let pattern): found(Match(range: start..<place, pattern: pattern))
        }
      }
    }

    private mutating func found(_ match: Match) {
      guard let best else {
        self.best = match
        return
      }
      let (old, new) = (best.range, match.range)
      let isBetter =
        new.lowerBound < old.lowerBound
        || new.lowerBound == old.lowerBound
          && (new.upperBound > old.upperBound || new.upperBound == old.upperBound && match.pattern < best.pattern)
      if isBetter { self.best = match }
    }
  }
}
