extension Jinja {
  static let textMethods: [String: Method] = [
    "strip": stripping("strip", left: true, right: true),
    "lstrip": stripping("lstrip", left: true, right: false),
    "rstrip": stripping("rstrip", left: false, right: true),
    "upper": changing { $0.uppercased }, "lower": changing { $0.lowercased },
    "title": changing { $0.titled }, "capitalize": changing { $0.capitalized },
    "casefold": .missing, "swapcase": .missing, "encode": .missing, "expandtabs": .missing, "translate": .missing,
    "maketrans": .missing, "format_map": .missing, "isidentifier": .missing, "isprintable": .missing,
    "startswith": testing("startswith") { $0.hasPrefix($1) }, "endswith": testing("endswith") { $0.hasSuffix($1) },
    "split": splitting("split", fromEnd: false), "rsplit": splitting("rsplit", fromEnd: true),
    "splitlines": .implemented { value, arguments, interpreter in
      let keeps = try arguments.bound("splitlines", "keepends")[0]?.isTrue ?? false
      return try interpreter.checked(receiver(value).lines(keepingEnds: keeps).map { .text($0) })
    },
    "join": .implemented { value, arguments, interpreter in
      let parts = try arguments.bound("join", "iterable", required: 1)[0] ?? .none
      let separator = try plainReceiver(value, "join")
      return try interpreter.joined(
        interpreter.elements(parts).enumerated().map { index, part in
          guard case .text(let text) = part else {
            throw JinjaError(
              .type, "sequence item \(index): expected str instance, \(part.typeName) found")
          }
          return text
        }, separator)
    },
    "replace": .implemented { value, arguments, interpreter in
      let bound = try arguments.bound("replace", "old", "new", "count", required: 2)
      return try interpreter.replaced(
        plainReceiver(value, "replace"), argument(bound[0], "replace"), argument(bound[1], "replace"),
        limit: interpreter.wholeNumber(bound[2]) ?? -1)
    },
    "find": finding("find", fromEnd: false), "rfind": finding("rfind", fromEnd: true),
    "index": finding("index", fromEnd: false), "rindex": finding("rindex", fromEnd: true),
    "count": .implemented { value, arguments, interpreter in
      let part = try argument(arguments.bound("count", "sub", required: 1)[0], "count")
      let text = receiver(value)
      try interpreter.charge(bytes: text.bytes.count)
      return .integer(part.isEmpty ? text.count + 1 : occurrences(of: part.bytes, in: text.bytes).count)
    },
    "partition": partitioning("partition", fromEnd: false), "rpartition": partitioning("rpartition", fromEnd: true),
    "removeprefix": .implemented { value, arguments, _ in
      let part = try argument(arguments.bound("removeprefix", "prefix", required: 1)[0], "removeprefix")
      let text = receiver(value)
      return .text(text.hasPrefix(part) ? Text(text.bytes.dropFirst(part.bytes.count)) : text)
    },
    "removesuffix": .implemented { value, arguments, _ in
      let part = try argument(arguments.bound("removesuffix", "suffix", required: 1)[0], "removesuffix")
      let text = receiver(value)
      return .text(text.hasSuffix(part) ? Text(text.bytes.dropLast(part.bytes.count)) : text)
    },
    "center": padding("center") { ($0 / 2 + ($0 & $1 & 1), $0 - $0 / 2 - ($0 & $1 & 1)) },
    "ljust": padding("ljust") { missing, _ in (0, missing) }, "rjust": padding("rjust") { missing, _ in (missing, 0) },
    "zfill": .implemented { value, arguments, interpreter in
      let width = try interpreter.wholeNumber(arguments.bound("zfill", "width", required: 1)[0]) ?? 0
      let text = receiver(value)
      let missing = max(0, width - text.count)
      try interpreter.require(textBytes: missing)
      let signs = text.bytes.prefix { $0 == UInt8(ascii: "-") || $0 == UInt8(ascii: "+") }.prefix(1)
      let zeros = [UInt8](repeating: UInt8(ascii: "0"), count: missing)
      return try interpreter.checked(Text(signs + zeros + text.bytes.dropFirst(signs.count)))
    },
    "format": .implemented { value, arguments, interpreter in
      try interpreter.braceFormat(plainReceiver(value, "format"), arguments)
    },
    "isdigit": classifying { $0.properties.numericType == .digit || $0.properties.numericType == .decimal },
    "isdecimal": classifying { $0.properties.numericType == .decimal },
    "isnumeric": classifying { $0.properties.numericType != nil },
    "isspace": classifying(\.isPythonSpace), "isalpha": classifying(\.isPythonLetter),
    "isalnum": classifying { $0.isPythonLetter || $0.properties.numericType != nil },
    "isascii": .implemented { value, _, _ in .boolean(receiver(value).bytes.allSatisfy { $0 < 0x80 }) },
    "isupper": .implemented { value, _, _ in .boolean(receiver(value).isUpper) },
    "islower": .implemented { value, _, _ in .boolean(receiver(value).isLower) },
    "istitle": .missing,
  ]

  private static func receiver(_ value: Value) -> Text {
    guard case .text(let text) = value else { return "" }
    return text
  }

  /// Markup escapes the arguments of this method, which is not done here.
  private static func plainReceiver(_ value: Value, _ method: String) throws -> Text {
    let text = receiver(value)
    if text.isMarkup { throw JinjaError(.unsupported, "'\(method)' of a text marked as safe is not supported") }
    return text
  }

  static func argument(_ value: Value?, _ function: String) throws -> Text {
    guard case .text(let text)? = value else {
      if case .undefined(let undefined)? = value, undefined.kind != .undefined { throw undefined.error }
      throw JinjaError(.type, "\(function)() argument must be str, not \(value?.typeName ?? "missing")")
    }
    return text
  }

  private static func changing(_ change: @escaping @Sendable (Text) -> Text) -> Method {
    .implemented { value, arguments, interpreter in
      _ = try arguments.bound("method")
      let text = receiver(value)
      try interpreter.charge(bytes: text.bytes.count * 4)
      var result = change(text)
      result.isMarkup = text.isMarkup
      return .text(result)
    }
  }

  private static func classifying(_ isMember: @escaping @Sendable (Unicode.Scalar) -> Bool) -> Method {
    .implemented { value, _, interpreter in
      let text = receiver(value)
      try interpreter.charge(bytes: text.bytes.count * 4)
      return .boolean(!text.isEmpty && text.string.unicodeScalars.allSatisfy(isMember))
    }
  }

  private static func stripping(_ name: String, left: Bool, right: Bool) -> Method {
    .implemented { value, arguments, interpreter in
      let characters = try arguments.bound(name, "chars")[0]
      return .text(try interpreter.stripped(receiver(value), of: characters, left: left, right: right))
    }
  }

  private static func testing(_ name: String, _ isMatch: @escaping @Sendable (Text, Text) -> Bool) -> Method {
    .implemented { value, arguments, interpreter in
      let bound = try arguments.bound(name, "affix", "start", "end", required: 1)
      let text = try interpreter.section(receiver(value), bound[1], bound[2]).text
      guard case .tuple(let choices)? = bound[0] else { return .boolean(isMatch(text, try argument(bound[0], name))) }
      return .boolean(try choices.elements.contains { isMatch(text, try argument($0, name)) })
    }
  }

  private static func splitting(_ name: String, fromEnd: Bool) -> Method {
    .implemented { value, arguments, interpreter in
      let bound = try arguments.bound(name, "sep", "maxsplit")
      let limit = try interpreter.wholeNumber(bound[1]) ?? -1
      let text = receiver(value)
      try interpreter.charge(bytes: text.bytes.count)
      let parts: [Text]
      if let separator = bound[0], !separator.isNone {
        let separator = try argument(separator, name)
        if separator.isEmpty { throw JinjaError(.value, "empty separator") }
        parts = text.split(separator, limit: limit < 0 ? .max : limit, fromEnd: fromEnd)
      } else {
        parts = text.words(limit: limit < 0 ? .max : limit, fromEnd: fromEnd)
      }
      return try interpreter.checked(parts.map { .text($0) })
    }
  }

  private static func finding(_ name: String, fromEnd: Bool) -> Method {
    .implemented { value, arguments, interpreter in
      let bound = try arguments.bound(name, "sub", "start", "end", required: 1)
      let part = try argument(bound[0], name)
      let (text, offset) = try interpreter.section(receiver(value), bound[1], bound[2])
      try interpreter.charge(bytes: text.bytes.count)
      var match = find(part.bytes, in: text.bytes[...])
      if fromEnd, match != nil {
        match = part.isEmpty ? text.bytes.count : text.lastIndex(of: part.bytes)
      }
      if let match { return .integer(offset + Text(text.bytes[..<match]).count) }
      if name == "find" || name == "rfind" { return .integer(-1) }
      throw JinjaError(.value, "substring not found")
    }
  }

  private static func partitioning(_ name: String, fromEnd: Bool) -> Method {
    .implemented { value, arguments, interpreter in
      let separator = try argument(arguments.bound(name, "sep", required: 1)[0], name)
      if separator.isEmpty { throw JinjaError(.value, "empty separator") }
      let text = receiver(value)
      try interpreter.charge(bytes: text.bytes.count)
      let match = fromEnd ? text.lastIndex(of: separator.bytes) : find(separator.bytes, in: text.bytes[...])
      guard let match else {
        return try .tuple(
          fromEnd ? [.text(""), .text(""), .text(text)] : [.text(text), .text(""), .text("")])
      }
      return try .tuple([
        .text(Text(text.bytes[..<match])), .text(separator),
        .text(Text(text.bytes[(match + separator.bytes.count)...])),
      ])
    }
  }

  private static func padding(
    _ name: String, _ sides: @escaping @Sendable (_ missing: Int, _ width: Int) -> (Int, Int)
  ) -> Method {
    .implemented { value, arguments, interpreter in
      let bound = try arguments.bound(name, "width", "fillchar", required: 1)
      let fill = try bound[1].map { try argument($0, name) } ?? " "
      guard fill.count == 1 else {
        throw JinjaError(.type, "The fill character must be exactly one character long")
      }
      let width = try interpreter.wholeNumber(bound[0]) ?? 0
      let text = receiver(value)
      let missing = max(0, width - text.count)
      try interpreter.require(textBytes: missing)
      let (left, right) = sides(missing, width)
      func padding(_ count: Int) -> [UInt8] { Array(repeatElement(fill.bytes, count: count).joined()) }
      return try interpreter.checked(
        Text(padding(left) + text.bytes + padding(right), isMarkup: text.isMarkup))
    }
  }
}
