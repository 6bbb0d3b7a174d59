/// A regular expression whose matches have a greatest length, so that an answer can be filtered while it is written, and
/// that is matched in one pass over the text.
///
/// Letters of either case are the same. There are `.`, `[a-z]`, `[^…]`, `\d \w \s \b` (and `\D \W \S`), groups, `|`, `?`, `{n}` and
/// `{m,n}`; all that has no end (`*`, `+`, `{m,}`) or looks at other places (anchors, back references, lookahead) is refused.
indirect enum TextPattern: Equatable {
  case scalar(ScalarSet)
  case wordBoundary
  case sequence([TextPattern])
  case alternatives([TextPattern])
  case repeated(TextPattern, ClosedRange<Int>)

  /// The most characters of a match; `.max` where that is no longer countable.
  var longest: Int {
    switch self {
    case .scalar: 1
    case .wordBoundary: 0
    case .sequence(let parts): parts.reduce(0) { Self.sum($0, $1.longest) }
    case .alternatives(let parts): parts.map(\.longest).max() ?? 0
    case .repeated(let part, let counts): Self.product(part.longest, counts.upperBound)
    }
  }

  var shortest: Int {
    switch self {
    case .scalar: 1
    case .wordBoundary: 0
    case .sequence(let parts): parts.reduce(0) { Self.sum($0, $1.shortest) }
    case .alternatives(let parts): parts.map(\.shortest).min() ?? 0
    case .repeated(let part, let counts): Self.product(part.shortest, counts.lowerBound)
    }
  }

  /// Steps of its program.
  var size: Int {
    switch self {
    case .scalar, .wordBoundary: 1
    case .sequence(let parts), .alternatives(let parts): parts.reduce(1) { Self.sum($0, Self.sum($1.size, 1)) }
    case .repeated(let part, let counts): Self.product(Self.sum(part.size, 1), counts.upperBound)
    }
  }

  private static func sum(_ left: Int, _ right: Int) -> Int {
    let (sum, overflow) = left.addingReportingOverflow(right)
    return overflow ? .max : sum
  }

  private static func product(_ left: Int, _ right: Int) -> Int {
    let (product, overflow) = left.multipliedReportingOverflow(by: right)
    return overflow ? .max : product
  }
}

/// Some characters.
struct ScalarSet: Equatable, Sendable {
  enum Member: Equatable, Sendable {
    case range(ClosedRange<Unicode.Scalar>)
    case digit, word, space
    indirect case not(Member)
  }

  var members: [Member] = []
  var isInverted = false

  func contains(_ scalar: FoldedScalar) -> Bool { members.contains { Self.contains(scalar, $0) } != isInverted }

  private static func contains(_ scalar: FoldedScalar, _ member: Member) -> Bool {
    switch member {
    case .range(let range):
      range.contains(scalar.own) || range.contains(scalar.lower) || range.contains(scalar.upper)
    case .digit: scalar.own.properties.numericType == .decimal
    case .word: scalar.own.isOfWord
    case .space: scalar.own.properties.isWhitespace
    case .not(let member): !contains(scalar, member)
    }
  }
}

/// A character in both cases.
struct FoldedScalar {
  let own: Unicode.Scalar
  let lower: Unicode.Scalar
  let upper: Unicode.Scalar

  init(_ own: Unicode.Scalar) {
    self.own = own
    if own.isASCII {
      let isLetter = ("a"..."z").contains(own) || ("A"..."Z").contains(own)
      (lower, upper) =
        isLetter ? (Unicode.Scalar(UInt8(own.value | 32)), Unicode.Scalar(UInt8(own.value & ~32))) : (own, own)
      return
    }
    (lower, upper) = (
      Self.single(own.properties.lowercaseMapping, own), Self.single(own.properties.uppercaseMapping, own)
    )
  }

  /// Where the other case is not one character, as of ß, there is none.
  private static func single(_ text: String, _ otherwise: Unicode.Scalar) -> Unicode.Scalar {
    let scalars = text.unicodeScalars
    return scalars.count == 1 ? scalars.first ?? otherwise : otherwise
  }
}

extension Unicode.Scalar {
  /// Letters, digits, marks on them, and _.
  var isOfWord: Bool {
    if isASCII { return (97...122).contains(value | 32) || ("0"..."9").contains(self) || self == "_" }
    return properties.isAlphabetic || properties.numericType != nil || properties.generalCategory == .nonspacingMark
  }
}
