extension Jinja.Text {
  typealias Text = Jinja.Text

  func lastIndex(of part: [UInt8]) -> Int? {
    let reversed = Array(bytes.reversed())
    guard let match = Jinja.find(part.reversed(), in: reversed[...]) else { return nil }
    return bytes.count - match - part.count
  }

  /// The parts between separators, of which at most `limit` are cut at.
  func split(_ separator: Text, limit: Int, fromEnd: Bool) -> [Text] {
    var matches: [Int]
    if fromEnd {
      let reversed = Array(bytes.reversed())
      matches = Jinja.occurrences(of: separator.bytes.reversed(), in: reversed, limit: limit).reversed().map {
        bytes.count - $0 - separator.bytes.count
      }
    } else {
      matches = Jinja.occurrences(of: separator.bytes, in: bytes, limit: limit)
    }
    matches.append(bytes.count)
    var start = 0
    return matches.map { match in
      defer { start = match + separator.bytes.count }
      return Text(bytes[start..<match], isMarkup: isMarkup)
    }
  }

  /// The parts between white space; what is left after `limit` cuts keeps the white space inside.
  func words(limit: Int, fromEnd: Bool) -> [Text] {
    var scalars = scalars
    if fromEnd { scalars.reverse() }
    var words: [[Unicode.Scalar]] = []
    var rest = scalars[...].drop(while: \.isPythonSpace)
    while !rest.isEmpty, words.count < limit {
      let word = rest.prefix { !$0.isPythonSpace }
      words.append(Array(word))
      rest = rest[word.endIndex...].drop(while: \.isPythonSpace)
    }
    if !rest.isEmpty { words.append(Array(rest)) }
    if fromEnd { words = words.reversed().map { $0.reversed() } }
    return words.map {
      var word = Text($0)
      word.isMarkup = isMarkup
      return word
    }
  }

  func lines(keepingEnds: Bool = false) -> [Text] {
    var result: [Text] = []
    var line = Text([])
    let scalars = scalars
    var index = 0
    while index < scalars.count {
      let scalar = scalars[index]
      index += 1
      guard scalar.isPythonLineBreak else {
        line.append(scalar)
        continue
      }
      if keepingEnds { line.append(scalar) }
      if scalar == "\r", index < scalars.count, scalars[index] == "\n" {
        if keepingEnds { line.append("\n" as Unicode.Scalar) }
        index += 1
      }
      result.append(line)
      line = Text([])
    }
    if !line.isEmpty { result.append(line) }
    return result
  }

  // MARK: Case

  var uppercased: Text { mapped { $0.properties.uppercaseMapping } }

  var lowercased: Text {
    let scalars = scalars
    var result: [UInt8] = []
    for (index, scalar) in scalars.enumerated() {
      result +=
        scalar == "Σ"
        ? (Self.isFinalSigma(scalars, index) ? "ς" : "σ").utf8
        : scalar.properties.lowercaseMapping.utf8
    }
    return Text(result)
  }

  /// A capital sigma at the end of a word has another small letter than elsewhere.
  private static func isFinalSigma(_ scalars: [Unicode.Scalar], _ index: Int) -> Bool {
    let before = scalars[..<index].last { !$0.properties.isCaseIgnorable }
    let after = scalars[(index + 1)...].first { !$0.properties.isCaseIgnorable }
    return before?.properties.isCased == true && after?.properties.isCased != true
  }

  var capitalized: Text {
    let scalars = scalars
    guard let first = scalars.first else { return self }
    return Text(Array(first.properties.titlecaseMapping.utf8) + Text(scalars.dropFirst()).lowercased.bytes)
  }

  /// A capital wherever a letter follows none.
  var titled: Text {
    var followsLetter = false
    var result: [UInt8] = []
    for scalar in scalars {
      result += (followsLetter ? scalar.properties.lowercaseMapping : scalar.properties.titlecaseMapping).utf8
      followsLetter = scalar.properties.isCased
    }
    return Text(result)
  }

  var isUpper: Bool {
    let scalars = scalars
    return scalars.contains { $0.properties.isUppercase || $0.properties.generalCategory == .titlecaseLetter }
      && !scalars.contains { $0.properties.isLowercase || $0.properties.generalCategory == .titlecaseLetter }
  }

  var isLower: Bool {
    let scalars = scalars
    return scalars.contains { $0.properties.isLowercase }
      && !scalars.contains { $0.properties.isUppercase || $0.properties.generalCategory == .titlecaseLetter }
  }

  private func mapped(_ mapping: (Unicode.Scalar) -> String) -> Text {
    Text(scalars.flatMap { Array(mapping($0).utf8) })
  }
}

extension Unicode.Scalar {
  var isPythonLetter: Bool {
    switch properties.generalCategory {
    case .uppercaseLetter, .lowercaseLetter, .titlecaseLetter, .modifierLetter, .otherLetter: true
    default: false
    }
  }
}

// MARK: - What costs work

extension Jinja.Interpreter {
  /// Without white space, or the characters named, at its ends.
  func stripped(_ text: Text, of characters: Value?, left: Bool = true, right: Bool = true) throws -> Text {
    try charge(bytes: text.bytes.count)
    let isRemoved: (Unicode.Scalar) -> Bool
    if let characters, !characters.isNone {
      let set = Set(try Jinja.argument(characters, "strip").scalars)
      isRemoved = { set.contains($0) }
    } else {
      isRemoved = \.isPythonSpace
    }
    let scalars = text.string.unicodeScalars[...]
    var start = scalars.startIndex
    var end = scalars.endIndex
    if left { while start < end, isRemoved(scalars[start]) { start = scalars.index(after: start) } }
    if right {
      while start < end, case let before = scalars.index(before: end), isRemoved(scalars[before]) { end = before }
    }
    return Text(String(scalars[start..<end]).utf8, isMarkup: text.isMarkup)
  }

  func joined(_ parts: [Text], _ separator: Text) throws -> Value {
    var result = Text([])
    for (index, part) in parts.enumerated() {
      if index > 0 { result.append(separator) }
      result.append(part)
      try require(textBytes: result.bytes.count)
    }
    return try checked(result)
  }

  func replaced(_ text: Text, _ old: Text, _ new: Text, limit: Int) throws -> Value {
    try charge(bytes: text.bytes.count)
    let limit = limit < 0 ? Int.max : limit
    var result = Text([])
    if old.isEmpty {
      for (index, scalar) in text.scalars.enumerated() {
        if index < limit { result.append(new) }
        result.append(scalar)
        try require(textBytes: result.bytes.count)
      }
      if text.count < limit { result.append(new) }
      return try checked(result)
    }
    var start = 0
    for match in Jinja.occurrences(of: old.bytes, in: text.bytes, limit: limit) {
      result.bytes += text.bytes[start..<match]
      result.append(new)
      start = match + old.bytes.count
      try require(textBytes: result.bytes.count)
    }
    result.bytes += text.bytes[start...]
    return try checked(result)
  }

  /// The part of a text between two optional positions, and where it begins.
  func section(_ text: Text, _ start: Value?, _ end: Value?) throws -> (text: Text, offset: Int) {
    guard start != nil || end != nil else { return (text, 0) }
    try charge(bytes: text.bytes.count * 4)
    let scalars = text.scalars
    func position(_ value: Value?, _ fallback: Int) throws -> Int {
      guard let number = try wholeNumber(value) else { return fallback }
      return number < 0 ? max(0, max(number, -scalars.count) + scalars.count) : min(number, scalars.count)
    }
    let first = try position(start, 0)
    let last = max(first, try position(end, scalars.count))
    return (Text(scalars[first..<last]), first)
  }

  /// - Throws: `JinjaError` for what is neither a whole number nor missing nor none.
  func wholeNumber(_ value: Value?) throws -> Int? {
    guard let value, !value.isNone else { return nil }
    if case .undefined(let undefined) = value { throw undefined.error }
    guard let number = value.wholeNumber else {
      throw JinjaError(.type, "'\(value.typeName)' object cannot be interpreted as an integer")
    }
    return number
  }
}
