/// The patterns by which files name splitters. What is not among them is refused: a pattern that is almost one of these
/// would give other ids.
extension Splitter {
  private static let known: [(pattern: String, splitter: Splitter)] = [
    (#"'s|'t|'re|'ve|'m|'ll|'d| ?\p{L}+| ?\p{N}+| ?[^\s\p{L}\p{N}]+|\s+(?!\S)|\s+"#, .gpt2),
    (#"'(?:[sdmt]|ll|ve|re)| ?\p{L}+| ?\p{N}+| ?[^\s\p{L}\p{N}]+|\s+(?!\S)|\s+"#, .gpt2),
    (
      #"(?i:'s|'t|'re|'ve|'m|'ll|'d)|[^\r\n\p{L}\p{N}]?\p{L}+|\p{N}{1,3}| ?[^\s\p{L}\p{N}]+[\r\n]*|\s*[\r\n]+"#
        + #"|\s+(?!\S)|\s+"#, .llama3(digits: 3)
    ),
    (
      #"(?i:'s|'t|'re|'ve|'m|'ll|'d)|[^\r\n\p{L}\p{N}]?\p{L}+|\p{N}| ?[^\s\p{L}\p{N}]+[\r\n]*|\s*[\r\n]+"#
        + #"|\s+(?!\S)|\s+"#, .llama3(digits: 1)
    ),
    (
      #"[^\r\n\p{L}\p{N}]?[\p{Lu}\p{Lt}\p{Lm}\p{Lo}\p{M}]*[\p{Ll}\p{Lm}\p{Lo}\p{M}]+(?i:'s|'t|'re|'ve|'m|'ll|'d)?|"#
        + #"[^\r\n\p{L}\p{N}]?[\p{Lu}\p{Lt}\p{Lm}\p{Lo}\p{M}]+[\p{Ll}\p{Lm}\p{Lo}\p{M}]*"#
        + #"(?i:'s|'t|'re|'ve|'m|'ll|'d)?|\p{N}{1,3}| ?[^\s\p{L}\p{N}]+[\r\n/]*|\s*[\r\n]+|\s+(?!\S)|\s+"#,
      .cased(digits: 3, contractions: true)
    ),
    (
      #"[^\r\n\p{L}\p{N}]?[\p{Lu}\p{Lt}\p{Lm}\p{Lo}\p{M}]*[\p{Ll}\p{Lm}\p{Lo}\p{M}]+|"#
        + #"[^\r\n\p{L}\p{N}]?[\p{Lu}\p{Lt}\p{Lm}\p{Lo}\p{M}]+[\p{Ll}\p{Lm}\p{Lo}\p{M}]*|\p{N}|"#
        + #" ?[^\s\p{L}\p{N}]+[\r\n/]*|\s*[\r\n]+|\s+(?!\S)|\s+"#, .cased(digits: 1, contractions: false)
    ),
    (#"\p{N}"#, .runs(RunPattern(set: .classes(.numbers), maximum: 1))),
    (#"\p{N}+"#, .runs(RunPattern(set: .classes(.numbers)))),
    (#"\p{N}{1,3}"#, .runs(RunPattern(set: .classes(.numbers), maximum: 3))),
    (#"[0-9][0-9][0-9]"#, .threeDigits),
    (#"[\r\n]"#, .lineEnds),
    (#"\s?\p{L}+"#, .runs(RunPattern(set: .classes(.letters), allowsSpace: true))),
    (#"\s?\p{P}+"#, .runs(RunPattern(set: .classes(.punctuation), allowsSpace: true))),
    (#"[\p{P}\$\+<=>\^~\|`]+"#, .runs(RunPattern(set: .punctuationAndSymbols))),
    (#"\s+$"#, .trailingWhiteSpace),
    (DeepSeekSets.pattern(DeepSeekSets.letters, allowsSpace: true), .runs(DeepSeekSets.letterRuns)),
    (DeepSeekSets.pattern(DeepSeekSets.symbols, allowsSpace: true), .runs(DeepSeekSets.symbolRuns)),
    (DeepSeekSets.pattern(DeepSeekSets.eastAsian, allowsSpace: false), .runs(DeepSeekSets.eastAsianRuns)),
  ]

  static let threeDigits = Splitter.runs(RunPattern(set: .codes([0x30...0x39]), minimum: 3, maximum: 3))
  static let lineEnds = Splitter.runs(RunPattern(set: .codes([0x0A...0x0A, 0x0D...0x0D]), maximum: 1))
  /// The `Digits` of Hugging Face.
  static let singleDigits = Splitter.runs(RunPattern(set: .digits, maximum: 1))
  static let digitRuns = Splitter.runs(RunPattern(set: .digits))

  /// The splitter whose pattern is exactly this one.
  init?(pattern: String) {
    guard let found = Self.known.first(where: { $0.pattern.utf8.elementsEqual(pattern.utf8) }) else { return nil }
    self = found.splitter
  }

  /// The pattern of this splitter; nil for `Digits`, which have another name.
  var pattern: String? { Self.known.first { $0.splitter == self }?.pattern }

  /// Whether every character of a text is part of a match, so that there is nothing between matches.
  var matchesEverything: Bool {
    switch self {
    case .gpt2, .llama3, .cased: true
    case .runs, .trailingWhiteSpace: false
    }
  }
}
