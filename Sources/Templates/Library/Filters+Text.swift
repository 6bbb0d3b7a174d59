extension Jinja {
  static let textFilters: [String: Filter] = [
    "upper": changed { $0.uppercased }, "lower": changed { $0.lowercased },
    "capitalize": changed { $0.capitalized }, "title": changed { $0.titledByWords },
    "trim": { value, arguments, interpreter in
      let characters = try arguments.bound("trim", "chars")[0]
      return .text(try interpreter.stripped(interpreter.text(of: value), of: characters))
    },
    "replace": { value, arguments, interpreter in
      let bound = try arguments.bound("replace", "old", "new", "count", required: 2)
      let (old, new) = (try interpreter.text(of: bound[0] ?? .none), try interpreter.text(of: bound[1] ?? .none))
      return try interpreter.replaced(
        Text(interpreter.text(of: value).bytes), old, new, limit: interpreter.wholeNumber(bound[2]) ?? -1)
    },
    "indent": indented,
    "truncate": truncated,
    "center": { value, arguments, interpreter in
      let width = try arguments.bound("center", "width")[0] ?? .integer(80)
      guard case .implemented(let center)? = textMethods["center"] else { return value }
      return try center(.text(interpreter.text(of: value)), Arguments(positional: [width]), interpreter)
    },
    "wordcount": { value, _, interpreter in
      let text = try interpreter.text(of: value)
      try interpreter.charge(bytes: text.bytes.count * 4)
      var count = 0
      var isInWord = false
      for scalar in text.string.unicodeScalars {
        let isPart = scalar == "_" || scalar.isPythonLetter || scalar.properties.numericType != nil
        if isPart, !isInWord { count += 1 }
        isInWord = isPart
      }
      return .integer(count)
    },
    "format": { value, arguments, interpreter in
      let format = try interpreter.text(of: value)
      guard arguments.keywords.isEmpty || arguments.positional.isEmpty else {
        throw JinjaError(.type, "can't handle positional and keyword arguments at the same time")
      }
      if arguments.keywords.isEmpty {
        return try interpreter.percentFormat(format, .tuple(arguments.positional))
      }
      var names = OrderedDictionary()
      for (name, value) in arguments.keywords { try names.set(value, for: name) }
      return try interpreter.percentFormat(format, .dictionary(names))
    },
  ]

  private static func changed(_ change: @escaping @Sendable (Text) -> Text) -> Filter {
    { value, arguments, interpreter in
      _ = try arguments.bound("filter")
      let text = try interpreter.text(of: value)
      try interpreter.charge(bytes: text.bytes.count * 4)
      var result = change(text)
      result.isMarkup = text.isMarkup
      return .text(result)
    }
  }

  private static let indented: Filter = { value, arguments, interpreter in
    let bound = try arguments.bound("indent", "width", "first", "blank")
    let text = try interpreter.text(of: value)
    if text.isMarkup { throw JinjaError(.unsupported, "indenting a text marked as safe is not supported") }
    let indentation: Text
    if case .text(let text)? = bound[0] {
      indentation = text
    } else {
      let width = max(0, try interpreter.wholeNumber(bound[0]) ?? 4)
      try interpreter.require(textBytes: width)
      indentation = Text(repeatElement(UInt8(ascii: " "), count: width))
    }
    try interpreter.charge(bytes: text.bytes.count * 4)
    let indentsBlank = bound[2]?.isTrue ?? false
    var result = Text([])
    // The line feed that is added there makes an empty line of a last one that is ended.
    for (index, line) in Text(text.bytes + [UInt8(ascii: "\n")]).lines().enumerated() {
      if index > 0 {
        result.append("\n" as Unicode.Scalar)
        if indentsBlank || !line.isEmpty { result.append(indentation) }
      }
      result.append(line)
      try interpreter.require(textBytes: result.bytes.count)
    }
    return try interpreter.checked(bound[1]?.isTrue == true ? Text(indentation.bytes + result.bytes) : result)
  }

  private static let truncated: Filter = { value, arguments, interpreter in
    let bound = try arguments.bound("truncate", "length", "killwords", "end", "leeway")
    let length = try interpreter.wholeNumber(bound[0]) ?? 255
    let end = try bound[2].map { try interpreter.text(of: $0) } ?? "..."
    let leeway = try interpreter.wholeNumber(bound[3]) ?? 5
    guard length >= end.count, leeway >= 0 else {
      throw JinjaError(.value, "expected length >= \(end.count), got \(length), and leeway >= 0, got \(leeway)")
    }
    let text = try interpreter.text(of: value)
    try interpreter.charge(bytes: text.bytes.count * 4)
    let scalars = text.scalars
    if scalars.count - length <= leeway { return .text(text) }
    let beginning = Text(scalars.prefix(length - end.count))
    if bound[1]?.isTrue == true { return .text(Text(beginning.bytes + end.bytes)) }
    return .text(Text(beginning.split(" ", limit: 1, fromEnd: true)[0].bytes + end.bytes))
  }
}

extension Jinja.Text {
  /// A capital at the start of each word, which spaces, hyphens and opening brackets end.
  fileprivate var titledByWords: Jinja.Text {
    func isBreak(_ scalar: Unicode.Scalar) -> Bool {
      scalar.isPythonSpace || ["-", "(", "{", "[", "<"].contains(scalar)
    }
    var result = Jinja.Text([])
    var rest = scalars[...]
    while !rest.isEmpty {
      let breaks = rest.prefix(while: isBreak)
      result.append(Jinja.Text(breaks))
      rest = rest[breaks.endIndex...]
      let word = rest.prefix { !isBreak($0) }
      result.append(Jinja.Text(word.prefix(1)).uppercased)
      result.append(Jinja.Text(word.dropFirst()).lowercased)
      rest = rest[word.endIndex...]
    }
    return result
  }
}
