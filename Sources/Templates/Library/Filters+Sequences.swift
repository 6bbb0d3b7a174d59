extension Jinja {
  static let sequenceFilters: [String: Filter] = [
    "length": { value, _, interpreter in .integer(try interpreter.length(of: value)) },
    "count": { value, _, interpreter in .integer(try interpreter.length(of: value)) },
    "list": { value, _, interpreter in try interpreter.checked(interpreter.elements(value)) },
    "first": { value, _, interpreter in
      try interpreter.elements(value).first ?? .undefined("No first item, sequence was empty.")
    },
    "last": { value, _, interpreter in
      if case .object(let object) = value, let sequence = object as? Elements, !sequence.isView {
        throw JinjaError(.type, "'\(value.typeName)' object is not reversible")
      }
      return try interpreter.elements(value).last ?? .undefined("No last item, sequence was empty.")
    },
    "join": { value, arguments, interpreter in
      let bound = try arguments.bound("join", "d", "attribute")
      let separator = try bound[0].map { try interpreter.text(of: $0) } ?? ""
      let parts = try interpreter.elements(value).map {
        try interpreter.text(of: interpreter.attributePath(bound[1], of: $0))
      }
      return try interpreter.joined(parts, separator)
    },
    "reverse": { value, _, interpreter in
      if case .text(let text) = value {
        try interpreter.charge(bytes: text.bytes.count * 4)
        return .text(Text(text.scalars.reversed()))
      }
      return .object(try Elements(.reversed, interpreter.elements(value).reversed()))
    },
    "items": { value, _, interpreter in
      if value.isUndefined { return .object(try Elements(.generator, [])) }
      guard case .dictionary(let dictionary) = value else {
        throw JinjaError(.type, "Can only get item pairs from a mapping.")
      }
      return .object(
        try Elements(.generator, zip(dictionary.keys, dictionary.values).map { try .tuple([$0, $1]) }))
    },
    "dictsort": dictionarySorted,
    "sort": { value, arguments, interpreter in
      let bound = try arguments.bound("sort", "reverse", "case_sensitive", "attribute")
      let elements = try interpreter.elements(value)
      let sorted = try interpreter.sorted(elements, isReversed: bound[0]?.isTrue ?? false) { element in
        try interpreter.sortKey(element, bound[2], isCaseSensitive: bound[1]?.isTrue ?? false)
      }
      return try interpreter.checked(sorted)
    },
    "unique": { value, arguments, interpreter in
      let bound = try arguments.bound("unique", "case_sensitive", "attribute")
      var seen: Set<Key> = []
      let elements = try interpreter.elements(value).filter { element in
        let key = try interpreter.attributePath(bound[1], of: element)
        return seen.insert(try interpreter.folded(key, unless: bound[0]?.isTrue ?? false).key()).inserted
      }
      return .object(try Elements(.generator, elements))
    },
    "min": extreme("min") { try $0.isOrdered("<", $1, $2) }, "max": extreme("max") { try $0.isOrdered(">", $1, $2) },
    "batch": { value, arguments, interpreter in
      let bound = try arguments.bound("batch", "linecount", "fill_with", required: 1)
      let size = try interpreter.wholeNumber(bound[0]) ?? 1
      guard size > 0 else { throw JinjaError(.value, "batch() needs a number above 0") }
      let elements = try interpreter.elements(value)
      let rows = try stride(from: 0, to: elements.count, by: size).map { start -> Value in
        var row = Array(elements[start..<min(start + size, elements.count)])
        if let fill = bound[1], !fill.isNone {
          try interpreter.step(size)
          row += repeatElement(fill, count: size - row.count)
        }
        return try .list(row)
      }
      return .object(try Elements(.generator, rows))
    },
    "slice": { value, arguments, interpreter in
      let bound = try arguments.bound("slice", "slices", "fill_with", required: 1)
      let count = try interpreter.wholeNumber(bound[0]) ?? 1
      guard count > 0 else { throw JinjaError(.value, "slice() needs a number above 0") }
      try interpreter.step(count)
      let elements = try interpreter.elements(value)
      let (size, longer) = (elements.count / count, elements.count % count)
      let columns = try (0..<count).map { column -> Value in
        let start = column * size + min(column, longer)
        var part = Array(elements[start..<(start + size + (column < longer ? 1 : 0))])
        if let fill = bound[1], !fill.isNone, column >= longer, longer > 0 { part.append(fill) }
        return try .list(part)
      }
      return .object(try Elements(.generator, columns))
    },
    "groupby": grouped,
  ]

  private static let dictionarySorted: Filter = { value, arguments, interpreter in
    let bound = try arguments.bound("dictsort", "case_sensitive", "by", "reverse")
    let by = try bound[1].map { try interpreter.text(of: $0).string } ?? "key"
    guard by == "key" || by == "value" else {
      throw JinjaError(.value, "You can only sort by either \"key\" or \"value\"")
    }
    guard case .dictionary(let dictionary) = value else {
      if case .undefined(let undefined) = value { throw undefined.error }
      throw JinjaError(.type, "dictsort needs a mapping, got \(value.typeName)")
    }
    let pairs = try zip(dictionary.keys, dictionary.values).map { try Value.tuple([$0, $1]) }
    let sorted = try interpreter.sorted(pairs, isReversed: bound[2]?.isTrue ?? false) { pair in
      let element = try interpreter.item(.integer(by == "key" ? 0 : 1), of: pair)
      return try interpreter.folded(element, unless: bound[0]?.isTrue ?? false)
    }
    return try interpreter.checked(sorted)
  }

  private static func extreme(
    _ name: String, _ isBetter: @escaping @Sendable (Interpreter, Value, Value) throws -> Bool
  ) -> Filter {
    { value, arguments, interpreter in
      let bound = try arguments.bound(name, "case_sensitive", "attribute")
      let elements = try interpreter.elements(value)
      guard var best = elements.first else { return .undefined("No aggregated item, sequence was empty.") }
      func key(_ element: Value) throws -> Value {
        try interpreter.folded(
          interpreter.attributePath(bound[1], of: element), unless: bound[0]?.isTrue ?? false)
      }
      var bestKey = try key(best)
      for element in elements.dropFirst() {
        let other = try key(element)
        if try isBetter(interpreter, other, bestKey) { (best, bestKey) = (element, other) }
      }
      return best
    }
  }

  private static let grouped: Filter = { value, arguments, interpreter in
    let bound = try arguments.bound("groupby", "attribute", "default", "case_sensitive", required: 1)
    let isSensitive = bound[2]?.isTrue ?? false
    func key(_ element: Value) throws -> Value {
      try interpreter.attributePath(bound[0], of: element, default: bound[1])
    }
    let sorted = try interpreter.sorted(interpreter.elements(value), isReversed: false) {
      try interpreter.folded(key($0), unless: isSensitive)
    }
    var groups: [(key: Value, elements: [Value])] = []
    for element in sorted {
      let own = try key(element)
      if let last = groups.last,
        try interpreter.areEqual(
          interpreter.folded(last.key, unless: isSensitive), interpreter.folded(own, unless: isSensitive))
      {
        groups[groups.count - 1].elements.append(element)
      } else {
        groups.append((own, [element]))
      }
    }
    return try interpreter.checked(groups.map { try .tuple([$0.key, .list($0.elements)]) })
  }
}

extension Jinja.Interpreter {
  /// What a path like `a.b.0` leads to; the value itself without a path.
  func attributePath(_ path: Value?, of value: Value, default fallback: Value? = nil) throws -> Value {
    guard let path, !path.isNone else { return value }
    guard case .text(let text) = path else { return try item(path, of: value) }
    var result = value
    for part in text.split(".", limit: .max, fromEnd: false) {
      let isNumber = !part.isEmpty && part.bytes.allSatisfy { (0x30...0x39).contains($0) }
      let key = isNumber ? Int(part.string).map(Value.integer) : nil
      result = try item(key ?? .text(part), of: result)
      if let fallback, !fallback.isNone, result.isUndefined { result = fallback }
    }
    return result
  }

  /// A text in small letters, unless capitals count.
  func folded(_ value: Value, unless isCaseSensitive: Bool) throws -> Value {
    guard !isCaseSensitive, case .text(let text) = value else { return value }
    try charge(bytes: text.bytes.count * 4)
    return .text(text.lowercased)
  }

  func sortKey(_ element: Value, _ attributes: Value?, isCaseSensitive: Bool) throws -> Value {
    guard case .text(let text)? = attributes else {
      return try folded(attributePath(attributes, of: element), unless: isCaseSensitive)
    }
    let keys = try text.split(",", limit: .max, fromEnd: false).map {
      try folded(attributePath(.text($0), of: element), unless: isCaseSensitive)
    }
    return keys.count == 1 ? keys[0] : try .list(keys)
  }

  /// In the order of their keys; equal ones keep theirs.
  func sorted(_ elements: [Value], isReversed: Bool, by key: (Value) throws -> Value) throws -> [Value] {
    let keyed = try elements.enumerated().map { (index: $0, key: try key($1), value: $1) }
    return try keyed.sorted { left, right in
      if try isOrdered("<", isReversed ? right.key : left.key, isReversed ? left.key : right.key) { return true }
      if try isOrdered("<", isReversed ? left.key : right.key, isReversed ? right.key : left.key) { return false }
      return left.index < right.index
    }.map(\.value)
  }
}
