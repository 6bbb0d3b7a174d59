extension Jinja.Parser {
  typealias Expression = Jinja.Expression

  mutating func parseExpression(withConditional: Bool = true) throws -> Expression {
    try nested { parser in
      let savedDepth = parser.depth
      defer { parser.depth = savedDepth }
      var result = try parser.parseOr()
      while withConditional, parser.isName("if") {
        let line = parser.line
        parser.advance()
        try parser.deepen()
        let test = try parser.parseOr()
        var otherwise: Expression?
        if parser.skip(name: "else") { otherwise = try parser.parseExpression() }
        result = .conditional(test: test, then: result, otherwise: otherwise, line: line)
      }
      return result
    }
  }

  /// One more level on the left, as each operator of a chain puts what precedes it one deeper.
  private mutating func deepen() throws {
    depth += 1
    guard depth <= Self.maximumDepth else {
      throw error(.limit, "an expression is nested more than \(Self.maximumDepth) levels deep")
    }
  }

  private mutating func chain(
    _ first: (inout Self) throws -> Expression, _ more: (inout Self, Expression) throws -> Expression?
  ) throws -> Expression {
    let saved = depth
    defer { depth = saved }
    var result = try first(&self)
    while let longer = try more(&self, result) {
      result = longer
      try deepen()
    }
    return result
  }

  private mutating func parseOr() throws -> Expression {
    try chain({ try $0.parseAnd() }) { parser, left in
      parser.skip(name: "or") ? .or(left, try parser.parseAnd()) : nil
    }
  }

  private mutating func parseAnd() throws -> Expression {
    try chain({ try $0.parseNot() }) { parser, left in
      parser.skip(name: "and") ? .and(left, try parser.parseNot()) : nil
    }
  }

  private mutating func parseNot() throws -> Expression {
    guard skip(name: "not") else { return try parseComparison() }
    return try nested { .not(try $0.parseNot()) }
  }

  private mutating func parseComparison() throws -> Expression {
    let line = line
    let first = try parseSum()
    var operations: [(Jinja.Comparison, Expression)] = []
    while let comparison = skipComparison() { operations.append((comparison, try parseSum())) }
    return operations.isEmpty ? first : .compare(first, operations, line: line)
  }

  private mutating func skipComparison() -> Jinja.Comparison? {
    if current.kind == .symbol, let comparison = Jinja.Comparison(rawValue: current.text) {
      advance()
      return comparison
    }
    if skip(name: "in") { return .isIn }
    guard isName("not"), next.kind == .name, next.text == "in" else { return nil }
    advance()
    advance()
    return .notIn
  }

  private mutating func parseSum() throws -> Expression {
    try parseBinary(["+", "-"]) { try $0.parseConcatenation() }
  }

  private mutating func parseConcatenation() throws -> Expression {
    var parts = [try parseProduct()]
    while skip(symbol: "~") { parts.append(try parseProduct()) }
    return parts.count == 1 ? parts[0] : .concatenate(parts)
  }

  private mutating func parseProduct() throws -> Expression {
    try parseBinary(["*", "/", "//", "%"]) { parser in
      try parser.parseBinary(["**"]) { try $0.parseUnary() }
    }
  }

  private mutating func parseBinary(
    _ symbols: [String], _ operand: (inout Self) throws -> Expression
  ) throws -> Expression {
    try chain(operand) { parser, left in
      guard parser.current.kind == .symbol, symbols.contains(parser.current.text),
        let operation = Jinja.BinaryOperator(rawValue: parser.current.text)
      else { return nil }
      let line = parser.line
      parser.advance()
      return .binary(operation, left, try operand(&parser), line: line)
    }
  }

  private mutating func parseUnary(withFilter: Bool = true) throws -> Expression {
    let line = line
    var result: Expression
    if skip(symbol: "-") {
      result = .negate(try nested { try $0.parseUnary(withFilter: false) }, line: line)
    } else if skip(symbol: "+") {
      result = .plus(try nested { try $0.parseUnary(withFilter: false) }, line: line)
    } else {
      result = try parsePrimary()
    }
    let saved = depth
    defer { depth = saved }
    result = try parsePostfix(result)
    return withFilter ? try parseFilters(result) : result
  }

  mutating func parsePrimary() throws -> Expression {
    let token = current
    switch token.kind {
    case .name:
      advance()
      switch token.text {
      case "true", "True": return .constant(.boolean(true))
      case "false", "False": return .constant(.boolean(false))
      case "none", "None": return .constant(.none)
      default: return .name(use(token.text))
      }
    case .string:
      var text = Jinja.Text([])
      while current.kind == .string { text.append(advance().value) }
      return .constant(.text(literal(text)))
    case .integer(let value):
      advance()
      return .constant(.integer(value))
    case .float(let value):
      advance()
      return .constant(.float(value))
    case .symbol where token.text == "(":
      advance()
      let result = try parseTuple(isParenthesized: true)
      try expect(symbol: ")")
      return result
    case .symbol where token.text == "[":
      advance()
      return .list(try parseElements(until: "]") { try $0.parseExpression() })
    case .symbol where token.text == "{":
      advance()
      let pairs = try parseElements(until: "}") { parser in
        let key = try parser.parseExpression()
        try parser.expect(symbol: ":")
        return (key, try parser.parseExpression())
      }
      return .dictionary(pairs, line: token.line)
    default: throw unexpected("an expression")
    }
  }

  private mutating func parseElements<Element>(
    until end: String, _ element: (inout Self) throws -> Element
  ) throws -> [Element] {
    var elements: [Element] = []
    while !isSymbol(end) {
      if !elements.isEmpty {
        try expect(symbol: ",")
        if isSymbol(end) { break }
      }
      elements.append(try element(&self))
    }
    try expect(symbol: end)
    return elements
  }

  /// One expression, or several with commas between them.
  mutating func parseTuple(
    withConditional: Bool = true, endingBefore ends: [String] = [], isParenthesized: Bool = false
  ) throws -> Expression {
    var elements: [Expression] = []
    while true {
      if !elements.isEmpty { try expect(symbol: ",") }
      if isTupleEnd(ends) { break }
      elements.append(try parseExpression(withConditional: withConditional))
      guard isSymbol(",") else {
        if elements.count == 1 { return elements[0] }
        break
      }
    }
    if elements.isEmpty, !isParenthesized { throw unexpected("an expression") }
    return .tuple(elements)
  }

  private func isTupleEnd(_ ends: [String]) -> Bool {
    switch current.kind {
    case .variableEnd, .blockEnd, .end: true
    case .symbol: current.text == ")"
    case .name: ends.contains(current.text)
    default: false
    }
  }

  // MARK: What follows a value

  private mutating func parsePostfix(_ first: Expression) throws -> Expression {
    var result = first
    while current.kind == .symbol {
      let line = line
      switch current.text {
      case ".":
        advance()
        if case .integer(let value) = current.kind {
          advance()
          result = .item(result, .constant(.integer(value)), line: line)
        } else {
          result = .attribute(result, Jinja.Text(try expectName()), line: line)
        }
      case "[":
        advance()
        result = try parseSubscript(of: result, line: line)
      case "(": result = .call(result, try parseArguments(), line: line)
      default: return result
      }
      try deepen()
    }
    return result
  }

  private mutating func parseSubscript(of value: Expression, line: Int) throws -> Expression {
    if let slice = try parseSlice(of: value, after: nil, line: line) { return slice }
    let first = try parseExpression()
    if let slice = try parseSlice(of: value, after: first, line: line) { return slice }
    guard !isSymbol("]") else {
      advance()
      return .item(value, first, line: line)
    }
    try expect(symbol: ",")
    let rest = try parseElements(until: "]") { try $0.parseExpression() }
    return .item(value, .tuple([first] + rest), line: line)
  }

  private mutating func parseSlice(of value: Expression, after start: Expression?, line: Int) throws -> Expression? {
    guard skip(symbol: ":") else { return nil }
    var stop: Expression?
    var step: Expression?
    if !isSymbol(":"), !isSymbol("]") { stop = try parseExpression() }
    if skip(symbol: ":"), !isSymbol("]") { step = try parseExpression() }
    try expect(symbol: "]")
    return .slice(value, start: start, stop: stop, step: step, line: line)
  }

  mutating func parseArguments() throws -> Jinja.CallArguments {
    try expect(symbol: "(")
    var result = Jinja.CallArguments()
    var isFirst = true
    while !isSymbol(")") {
      if !isFirst {
        try expect(symbol: ",")
        if isSymbol(")") { break }
      }
      isFirst = false
      if isSymbol("*"), result.rest == nil, result.keywordRest == nil {
        advance()
        result.rest = try parseExpression()
      } else if isSymbol("**"), result.keywordRest == nil {
        advance()
        result.keywordRest = try parseExpression()
      } else if current.kind == .name, next.kind == .symbol, next.text == "=", result.keywordRest == nil {
        let name = Jinja.Text(advance().text)
        advance()
        if result.keywords.contains(where: { $0.name == name }) {
          throw error(.syntax, "keyword argument repeated: \(name.string)")
        }
        result.keywords.append((name, try parseExpression()))
      } else {
        guard result.keywords.isEmpty, result.rest == nil, result.keywordRest == nil else {
          throw error(.syntax, "an argument without a name follows one with a name")
        }
        result.positional.append(try parseExpression())
      }
    }
    try expect(symbol: ")")
    return result
  }

  private mutating func parseFilters(_ first: Expression) throws -> Expression {
    var result = first
    while true {
      let line = line
      if isSymbol("|") {
        advance()
        result = try parseFilter(of: result)
      } else if isName("is") {
        advance()
        result = try parseTest(of: result)
      } else if isSymbol("(") {
        result = .call(result, try parseArguments(), line: line)
      } else {
        return result
      }
      try deepen()
    }
  }

  mutating func parseFilter(of value: Expression?) throws -> Expression {
    let line = line
    let name = try parseDottedName()
    try require(name, "filter", Jinja.filters[name] != nil, isKnown: Jinja.missingFilters.contains(name))
    return .filter(value, name, isSymbol("(") ? try parseArguments() : Jinja.CallArguments(), line: line)
  }

  private mutating func parseTest(of value: Expression) throws -> Expression {
    let line = line
    let isNegated = skip(name: "not")
    let name = try parseDottedName()
    try require(name, "test", Jinja.tests[name] != nil, isKnown: false)
    var arguments = Jinja.CallArguments()
    if isSymbol("(") {
      arguments = try parseArguments()
    } else if startsArgument {
      if isName("is") { throw error(.syntax, "tests cannot be chained with is") }
      arguments.positional = [try parsePostfix(try parsePrimary())]
    }
    let test = Expression.test(value, name, arguments, line: line)
    return isNegated ? .not(test) : test
  }

  private var startsArgument: Bool {
    switch current.kind {
    case .name: !["else", "or", "and"].contains(current.text)
    case .string, .integer, .float: true
    case .symbol: current.text == "[" || current.text == "{"
    default: false
    }
  }

  private mutating func parseDottedName() throws -> String {
    var name = try expectName()
    while skip(symbol: ".") { name += "." + (try expectName()) }
    return name
  }

  /// Where it is not sure to be reached, what does not exist is an error only once it is.
  private func require(_ name: String, _ what: String, _ exists: Bool, isKnown: Bool) throws {
    guard !exists, !isConditional else { return }
    if isKnown { throw error(.unsupported, "the \(what) '\(name)' is not supported") }
    throw error(.syntax, "No \(what) named '\(name)'.")
  }
}
