/// Reads a ``TextPattern``. What it does not take is refused with the place and what to write instead.
struct TextPatternParser {
  /// Of the text of one pattern, so that neither reading nor matching takes long.
  private static let deepest = 32
  private let scalars: [Unicode.Scalar]
  private var place = 0
  private var depth = 0

  /// - Throws: `TextPatternProblem`.
  static func parse(_ text: String) throws -> TextPattern {
    var parser = TextPatternParser(text)
    let pattern = try parser.alternatives()
    guard parser.place == parser.scalars.count else { throw parser.problem("there is a ) without its (") }
    return pattern
  }

  private init(_ text: String) { scalars = Array(text.unicodeScalars) }

  private func problem(_ text: String) -> TextPatternProblem { TextPatternProblem(column: place + 1, text: text) }

  private var next: Unicode.Scalar? { place < scalars.count ? scalars[place] : nil }

  private mutating func take(_ scalar: Unicode.Scalar) -> Bool {
    guard next == scalar else { return false }
    place += 1
    return true
  }

  private mutating func alternatives() throws -> TextPattern {
    depth += 1
    defer { depth -= 1 }
    guard depth <= Self.deepest else { throw problem("groups are nested more than \(Self.deepest) deep") }
    var parts = [try sequence()]
    while take("|") { parts.append(try sequence()) }
    return parts.count == 1 ? parts[0] : .alternatives(parts)
  }

  private mutating func sequence() throws -> TextPattern {
    var parts: [TextPattern] = []
    while let scalar = next, scalar != "|", scalar != ")" { parts.append(try repeated(try atom())) }
    return parts.count == 1 ? parts[0] : .sequence(parts)
  }

  private mutating func atom() throws -> TextPattern {
    guard let scalar = next else { throw problem("the pattern ends too soon") }
    switch scalar {
    case "(": return try group()
    case "[":
      place += 1
      return .scalar(try set())
    case "\\":
      place += 1
      return take("b") ? .wordBoundary : .scalar(ScalarSet(members: [try escaped()]))
    case "^", "$":
      throw problem("there are no anchors: patterns are looked for everywhere (\\\(scalar) is the character)")
    case "*", "+", "?", "{": throw problem("there is nothing for \(scalar) to repeat (\\\(scalar) is the character)")
    default:
      place += 1
      // None but of none: any.
      return .scalar(scalar == "." ? ScalarSet(isInverted: true) : ScalarSet(members: [.range(scalar...scalar)]))
    }
  }

  private mutating func group() throws -> TextPattern {
    place += 1
    if next == "?" {
      place += 1
      guard take(":") else { throw problem("of groups with (? there is (?:…) alone") }
    }
    let inner = try alternatives()
    guard take(")") else { throw problem("a ( has no )") }
    return inner
  }

  private mutating func repeated(_ atom: TextPattern) throws -> TextPattern {
    guard let scalar = next, ["?", "*", "+", "{"].contains(scalar) else { return atom }
    guard scalar != "*", scalar != "+" else {
      throw problem("\(scalar) has no greatest number, and answers are filtered as they are written; write {0,20}")
    }
    place += 1
    let result = TextPattern.repeated(atom, scalar == "?" ? 0...1 : try counts())
    if let after = next, ["?", "*", "+", "{"].contains(after) {
      throw problem("two numbers of repetitions, expected one")
    }
    return result
  }

  private mutating func counts() throws -> ClosedRange<Int> {
    let least = try number()
    var most = least
    if take(",") {
      guard next != "}" else { throw problem("{\(least),} has no greatest number; write {\(least),\(least + 20)}") }
      most = try number()
    }
    guard take("}"), least <= most, most > 0 else { throw problem("expected {n} or {m,n}, m no larger than n") }
    return least...most
  }

  private mutating func number() throws -> Int {
    var digits = ""
    while let scalar = next, ("0"..."9").contains(scalar), digits.count < 4 {
      digits.unicodeScalars.append(scalar)
      place += 1
    }
    guard let number = Int(digits), number <= 1000 else { throw problem("expected a number up to 1000") }
    return number
  }

  // MARK: - Characters

  /// Behind a backslash.
  private mutating func escaped() throws -> ScalarSet.Member {
    guard let scalar = next else { throw problem("a backslash stands at the end") }
    place += 1
    switch scalar {
    case "d": return .digit
    case "D": return .not(.digit)
    case "w": return .word
    case "W": return .not(.word)
    case "s": return .space
    case "S": return .not(.space)
    case "n": return .range("\n"..."\n")
    case "t": return .range("\t"..."\t")
    default:
      guard !scalar.isOfWord else {
        place -= 1
        throw problem(
          "\\\(scalar) is not known here; there are \\d \\w \\s \\b \\n \\t and characters that are no letters")
      }
      return .range(scalar...scalar)
    }
  }

  /// Behind the bracket.
  private mutating func set() throws -> ScalarSet {
    var set = ScalarSet()
    set.isInverted = take("^")
    repeat {
      guard next != nil else { throw problem("a [ has no ]") }
      let first = try member()
      guard next == "-", place + 1 < scalars.count, scalars[place + 1] != "]" else {
        set.members.append(first)
        continue
      }
      place += 1
      guard case .range(let low) = first, case .range(let high) = try member(), low.lowerBound <= high.upperBound else {
        throw problem("a range needs two characters in their order")
      }
      set.members.append(.range(low.lowerBound...high.upperBound))
    } while !take("]")
    return set
  }

  private mutating func member() throws -> ScalarSet.Member {
    guard let scalar = next else { throw problem("a [ has no ]") }
    place += 1
    return scalar == "\\" ? try escaped() : .range(scalar...scalar)
  }
}

/// What is wrong with a pattern.
struct TextPatternProblem: Error {
  /// From 1.
  let column: Int
  let text: String
}
