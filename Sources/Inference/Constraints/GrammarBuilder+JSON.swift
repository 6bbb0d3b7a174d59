import FileFormats

/// JSON as models write it and every reader reads it.
///
/// White space is bounded, so that no model loses itself in it: a space, or a line feed and up to eight spaces, around the
/// elements of arrays and objects, and a space behind a colon. Whole numbers have up to 18 digits, fractions 20 and exponents two.
/// Strings are valid UTF-8, control characters in them are escaped, and surrogates come in pairs.
extension GrammarBuilder {
  // MARK: - White space

  /// White space between elements, or none.
  package mutating func spaced(then next: Node) -> Node {
    let rule = sharedRule("space") { builder in
      var indented = builder.end
      for _ in 0..<8 {
        let more = builder.byte(ByteSet(" "), then: indented)
        indented = builder.choice([more, builder.end])
      }
      return builder.choice([
        builder.byte(ByteSet(" "), then: builder.end), builder.byte(ByteSet("\n"), then: indented),
      ])
    }
    return choice([next, call(rule, then: next)])
  }

  /// A colon and a space, or none.
  package mutating func colon(then next: Node) -> Node {
    let spaced = byte(ByteSet(" "), then: next)
    return byte(ByteSet(":"), then: choice([next, spaced]))
  }

  // MARK: - Strings

  /// - Parameters:
  ///   - minimum: characters at least.
  ///   - maximum: characters at most; nil: any number.
  package mutating func string(_ minimum: Int = 0, _ maximum: Int? = nil, then next: Node) -> Node {
    guard minimum == 0 && maximum == nil else {
      let character = sharedRule("character") { $0.character(then: $0.end) }
      let closing = byte(ByteSet("\""), then: next)
      return byte(ByteSet("\""), then: repetition(of: character, minimum, maximum, then: closing))
    }
    let rule = sharedRule("string") { builder in
      let body = builder.declareRule()
      let closing = builder.byte(ByteSet("\""), then: builder.end)
      let character = builder.character(then: body)
      builder.define(body, as: builder.choice([character, closing]))
      return builder.byte(ByteSet("\""), then: body)
    }
    return call(rule, then: next)
  }

  private mutating func character(then next: Node) -> Node {
    let continuation = ByteSet(0x80...0xBF)
    let one = byte(continuation, then: next)
    let two = byte(continuation, then: one)
    let three = byte(continuation, then: two)
    // The second byte excludes what is too long a form, a surrogate, or beyond Unicode.
    let ways = [
      byte(ByteSet(0x20...0x21, 0x23...0x5B, 0x5D...0x7F), then: next),
      byte(ByteSet("\\"), then: escape(then: next)), byte(ByteSet(0xC2...0xDF), then: one),
      byte(ByteSet(0xE0...0xE0), then: byte(ByteSet(0xA0...0xBF), then: one)),
      byte(ByteSet(0xE1...0xEC, 0xEE...0xEF), then: two),
      byte(ByteSet(0xED...0xED), then: byte(ByteSet(0x80...0x9F), then: one)),
      byte(ByteSet(0xF0...0xF0), then: byte(ByteSet(0x90...0xBF), then: two)),
      byte(ByteSet(0xF1...0xF3), then: three),
      byte(ByteSet(0xF4...0xF4), then: byte(ByteSet(0x80...0x8F), then: two)),
    ]
    return choice(ways)
  }

  /// What follows a backslash.
  private mutating func escape(then next: Node) -> Node {
    let digit = ByteSet(0x30...0x39, 0x41...0x46, 0x61...0x66)
    let two = byte(digit, then: byte(digit, then: next))
    let low = text("\\u", then: byte(ByteSet("dD"), then: byte(ByteSet("cdefCDEF"), then: two)))
    let high = byte(ByteSet("89abAB"), then: byte(digit, then: byte(digit, then: low)))
    let ordinary = byte(ByteSet(0x30...0x37), then: two)
    let anyThree = byte(digit, then: two)
    let code = [
      byte(ByteSet(0x30...0x39, 0x41...0x43, 0x45...0x46, 0x61...0x63, 0x65...0x66), then: anyThree),
      byte(ByteSet("dD"), then: choice([ordinary, high])),
    ]
    return choice([byte(ByteSet("\"\\/bfnrt"), then: next), byte(ByteSet("u"), then: choice(code))])
  }

  // MARK: - Numbers

  package mutating func integer(then next: Node) -> Node {
    call(sharedRule("integer") { $0.wholePart(then: $0.end) }, then: next)
  }

  package mutating func number(then next: Node) -> Node {
    let rule = sharedRule("number") { builder in
      let digits = builder.digits(1, then: builder.end)
      let power = builder.byte(ByteSet(0x30...0x39), then: digits)
      let signed = builder.byte(ByteSet("+-"), then: power)
      let exponent = builder.byte(ByteSet("eE"), then: builder.choice([power, signed]))
      let rest = builder.choice([exponent, builder.end])
      let fraction = builder.byte(ByteSet(0x30...0x39), then: builder.digits(19, then: rest))
      return builder.wholePart(then: builder.choice([builder.byte(ByteSet("."), then: fraction), rest]))
    }
    return call(rule, then: next)
  }

  private mutating func wholePart(then next: Node) -> Node {
    let more = digits(17, then: next)
    let unsigned = choice([byte(ByteSet("0"), then: next), byte(ByteSet(0x31...0x39), then: more)])
    return choice([unsigned, byte(ByteSet("-"), then: unsigned)])
  }

  private mutating func digits(_ most: Int, then next: Node) -> Node {
    (0..<most).reduce(next) { rest, _ in
      let more = byte(ByteSet(0x30...0x39), then: rest)
      return choice([more, next])
    }
  }

  // MARK: - Everything

  package mutating func boolean(then next: Node) -> Node {
    anyText(of: ["true", "false"].map { Array($0.utf8) }, then: next)
  }

  package mutating func null(then next: Node) -> Node { text("null", then: next) }

  /// Any value.
  package mutating func value(then next: Node) -> Node {
    let rule = sharedRule("value") { builder in
      let end = builder.end
      return builder.choice([
        builder.anyObject(then: end), builder.anyArray(then: end), builder.string(then: end), builder.number(then: end),
        builder.boolean(then: end), builder.null(then: end),
      ])
    }
    return call(rule, then: next)
  }

  package mutating func anyObject(then next: Node) -> Node {
    let rule = sharedRule("object") { builder in
      let member = builder.sharedRule("member") { builder in
        let value = builder.value(then: builder.end)
        return builder.string(then: builder.colon(then: value))
      }
      return builder.elements(of: member, "{", "}", then: builder.end)
    }
    return call(rule, then: next)
  }

  package mutating func anyArray(then next: Node) -> Node {
    let rule = sharedRule("array") { builder in
      let value = builder.sharedRule("element") { $0.value(then: $0.end) }
      return builder.elements(of: value, "[", "]", then: builder.end)
    }
    return call(rule, then: next)
  }

  /// Elements with commas between them.
  package mutating func elements(
    of rule: Node, _ opening: StaticString, _ closing: StaticString, _ minimum: Int = 0, _ maximum: Int? = nil,
    then next: Node
  ) -> Node {
    let close = byte(ByteSet(closing), then: next)
    var ways = minimum == 0 ? [close] : []
    if maximum != 0 {
      let further = declareRule()
      define(further, as: byte(ByteSet(","), then: spaced(then: call(rule, then: end))))
      let rest = repetition(of: further, max(0, minimum - 1), maximum.map { $0 - 1 }, then: spaced(then: close))
      ways.append(call(rule, then: rest))
    }
    return byte(ByteSet(opening), then: spaced(then: choice(ways)))
  }
}

extension ByteGrammar {
  /// Any object of JSON, as `{"type": "json_object"}` asks for.
  package static let jsonObject = GrammarBuilder.grammar { $0.anyObject(then: $0.end) }
}
