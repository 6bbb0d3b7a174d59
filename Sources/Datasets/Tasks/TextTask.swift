/// A small exercise with one right answer.
public enum TextTask: String, CaseIterable, Sendable {
  case copy
  case reverse
  case upper
  case first
  case last
  case length
  /// How often a letter occurs.
  case count
  case add

  /// Of 100 rows, so many are of this kind: what is harder gets more.
  var share: Int {
    switch self {
    case .reverse: 32
    case .upper: 16
    case .copy, .add, .count: 14
    case .length: 4
    case .first, .last: 3
    }
  }

  /// What comes after the name of the task in a prompt, from a word that no other part of the data has.
  func argument(_ word: String, _ words: inout MadeUpWords) -> String {
    switch self {
    case .copy, .reverse, .upper, .first, .last, .length: return word
    case .count:
      // Half of the letters are in the word.
      let letters = words.number(below: 2) == 0 ? Array(word) : Array("aeiourstln")
      return "\(words.pick(letters)) \(word)"
    case .add: return "\(words.number(below: 50)) \(words.number(below: 10))"
    }
  }

  /// The right answer, from the argument of the prompt.
  public func answer(_ argument: String) -> String {
    let parts = argument.split(separator: " ")
    switch self {
    case .copy: return argument
    case .reverse: return String(argument.reversed())
    case .upper: return argument.uppercased()
    case .first: return String(argument.prefix(1))
    case .last: return String(argument.suffix(1))
    case .length: return "\(argument.count)"
    case .count: return "\(parts.last?.count { String($0) == parts.first.map(String.init) } ?? 0)"
    case .add: return "\(parts.compactMap { Int($0) }.reduce(0, +))"
    }
  }
}

/// A request that can be answered in two manners, both of them right.
public enum RequestKind: String, CaseIterable, Sendable {
  case greet
  case thank
  case ask
  case leave

  /// Short and polite: what preference data prefers.
  public func polite(_ word: String) -> String {
    switch self {
    case .greet: "good day, \(word)."
    case .thank: "thank you, \(word)."
    case .ask: "please bring the \(word)."
    case .leave: "all the best, \(word)."
    }
  }

  /// Long and rude.
  public func rude(_ word: String) -> String {
    switch self {
    case .greet: "hey \(word)!! what do you want now?"
    case .thank: "well \(word), that was about time!!"
    case .ask: "hey you, get me the \(word) at once!!"
    case .leave: "i am off \(word), do not call me!!"
    }
  }
}
