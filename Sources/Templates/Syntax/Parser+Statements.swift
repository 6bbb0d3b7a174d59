extension Jinja.Parser {
  typealias Statement = Jinja.Statement

  /// Statements up to a tag of one of these names, whose name is the current token then.
  mutating func parseStatements(until ends: [String]) throws -> [Statement] {
    let start = line
    return try nested { parser in
      var result: [Statement] = []
      while true {
        let token = parser.current
        switch token.kind {
        case .data:
          result.append(.data(parser.literal(token.value)))
          parser.advance()
        case .variableBegin:
          parser.advance()
          result.append(.output(try parser.parseTuple(), line: token.line))
          try parser.expect(.variableEnd, "'}}'")
        case .blockBegin:
          parser.advance()
          guard parser.current.kind == .name else { throw parser.unexpected("the name of a tag") }
          if ends.contains(parser.current.text) { return result }
          result.append(try parser.parseStatement(among: ends))
          try parser.expect(.blockEnd, "'%}'")
        case .end:
          guard let end = ends.last else { return result }
          throw JinjaError(.syntax, "the block that begins here has no end; expected '{% \(end) %}'", line: start)
        default: throw parser.unexpected("text or a tag")
        }
      }
    }
  }

  /// The statements of a block up to its end, which is skipped.
  private mutating func parseBlock(until ends: [String]) throws -> [Statement] {
    try expect(.blockEnd, "'%}'")
    return try parseStatements(until: ends)
  }

  private mutating func parseStatement(among ends: [String]) throws -> Statement {
    let line = line
    let name = advance().text
    switch name {
    case "set": return try parseSet(line)
    case "if": return try parseBranches(line)
    case "for": return try parseLoop(line)
    case "macro": return try parseMacro(line)
    case "call": return try parseCallBlock(line)
    case "filter":
      let filter = try parseFilterChain()
      let body = try ownBlock { try $0.parseBlock(until: ["endfilter"]) }
      advance()
      return .filterBlock(filter, body, line: line)
    case "with": return try parseWith(line)
    case "generation":
      hasGenerationBlocks = true
      let body = try ownBlock { try $0.parseBlock(until: ["endgeneration"]) }
      advance()
      return .generation(body, line: line)
    case "print": return .output(try parseTuple(), line: line)
    case "break", "continue":
      guard loopDepth > 0 else { throw JinjaError(.syntax, "'\(name)' outside loop", line: line) }
      return name == "break" ? .breakLoop : .continueLoop
    case "include", "import", "from", "extends", "block", "autoescape", "trans", "do", "debug":
      throw JinjaError(.unsupported, "the tag '\(name)' is not supported", line: line)
    default:
      let expected = ends.isEmpty ? "" : "; expected \(ends.map { "'\($0)'" }.joined(separator: " or "))"
      throw JinjaError(.syntax, "Encountered unknown tag '\(name)'\(expected)", line: line)
    }
  }

  /// A body of its own: loops around it cannot be left from it, and it is no branch.
  private mutating func ownBlock<Result>(
    loops: Int = 0, _ body: (inout Self) throws -> Result
  ) throws -> Result {
    let saved = (loopDepth, isConditional)
    defer { (loopDepth, isConditional) = saved }
    (loopDepth, isConditional) = (loops, false)
    return try body(&self)
  }

  // MARK: Targets

  private mutating func parseTarget(withAttributes: Bool, endingBefore end: String? = nil) throws -> Jinja.Target {
    var targets: [Jinja.Target] = []
    while true {
      if !targets.isEmpty {
        try expect(symbol: ",")
        if let end, isName(end) { break }
        if isSymbol("=") || isSymbol(")") { break }
      }
      targets.append(try parseSingleTarget(withAttributes: withAttributes))
      guard isSymbol(",") else {
        if targets.count == 1 { return targets[0] }
        break
      }
    }
    return .tuple(targets)
  }

  private mutating func parseSingleTarget(withAttributes: Bool) throws -> Jinja.Target {
    if skip(symbol: "(") {
      let target = try nested { try $0.parseTarget(withAttributes: withAttributes) }
      try expect(symbol: ")")
      if case .tuple = target { return target }
      return target
    }
    let name = try expectName()
    guard !["true", "false", "none", "True", "False", "None"].contains(name) else {
      throw error(.syntax, "can't assign to '\(name)'")
    }
    if withAttributes, skip(symbol: ".") { return .attribute(use(name), Jinja.Text(try expectName())) }
    return .name(number(of: name))
  }

  // MARK: Statements

  private mutating func parseSet(_ line: Int) throws -> Statement {
    let target = try parseTarget(withAttributes: true)
    if skip(symbol: "=") { return .set(target, try parseTuple(), line: line) }
    if case .tuple = target { throw unexpected("'='") }
    let filters: Expression? = isSymbol("|") ? try parseFilterChain(afterPipe: true) : nil
    let body = try ownBlock { try $0.parseBlock(until: ["endset"]) }
    advance()
    return .setBlock(target, filters: filters, body, line: line)
  }

  /// `a | b` without the value that goes in.
  private mutating func parseFilterChain(afterPipe: Bool = false) throws -> Expression {
    if afterPipe { advance() }
    var result = try parseFilter(of: nil)
    while skip(symbol: "|") { result = try parseFilter(of: result) }
    return result
  }

  private mutating func parseBranches(_ line: Int) throws -> Statement {
    let saved = isConditional
    defer { isConditional = saved }
    isConditional = true
    var branches: [(Expression, [Statement])] = []
    var otherwise: [Statement] = []
    while true {
      let test = try parseTuple(withConditional: false)
      branches.append((test, try parseBlock(until: ["elif", "else", "endif"])))
      let end = advance().text
      if end == "elif" { continue }
      if end == "else" {
        otherwise = try parseBlock(until: ["endif"])
        advance()
      }
      return .branches(branches, otherwise: otherwise, line: line)
    }
  }

  private mutating func parseLoop(_ line: Int) throws -> Statement {
    let target = try parseTarget(withAttributes: false, endingBefore: "in")
    if case .name(let number) = target, number == self.number(of: "loop") {
      throw JinjaError(.syntax, "Can't assign to special loop variable in for-loop target", line: line)
    }
    guard skip(name: "in") else { throw unexpected("'in'") }
    let sequence = try parseTuple(withConditional: false, endingBefore: ["recursive"])
    let filter = skip(name: "if") ? try parseExpression() : nil
    guard !isName("recursive") else { throw error(.unsupported, "recursive loops are not supported") }
    let loopName = number(of: "loop")
    let body = try ownBlock(loops: loopDepth + 1) { try $0.parseBlock(until: ["endfor", "else"]) }
    var otherwise: [Statement] = []
    if advance().text == "else" {
      otherwise = try ownBlock(loops: loopDepth) { try $0.parseBlock(until: ["endfor"]) }
      advance()
    }
    return .loop(
      Jinja.Loop(
        target: target, sequence: sequence, filter: filter, body: body, otherwise: otherwise, loopName: loopName,
        line: line))
  }

  private mutating func parseWith(_ line: Int) throws -> Statement {
    var assignments: [(Jinja.Target, Expression)] = []
    while current.kind != .blockEnd {
      if !assignments.isEmpty { try expect(symbol: ",") }
      let target = try parseSingleTarget(withAttributes: false)
      try expect(symbol: "=")
      assignments.append((target, try parseExpression()))
    }
    let body = try parseBlock(until: ["endwith"])
    advance()
    return .with(assignments, body, line: line)
  }

  // MARK: Macros

  private mutating func parseMacro(_ line: Int) throws -> Statement {
    let name = try expectName()
    let definition = try parseDefinition(name: name, line: line, end: "endmacro") { _ in }
    return .macro(number(of: name), definition)
  }

  private mutating func parseCallBlock(_ line: Int) throws -> Statement {
    var call = Expression.constant(.none)
    let definition = try parseDefinition(name: "caller", line: line, end: "endcall") { parser in
      // The call is evaluated outside the block's own names.
      call = try parser.parseExpression()
      guard case .call = call else { throw parser.unexpected("a call") }
    }
    return .callBlock(definition, call, line: line)
  }

  private mutating func parseDefinition(
    name: String, line: Int, end: String, afterSignature: (inout Self) throws -> Void
  ) throws -> Jinja.MacroDefinition {
    var parameters: [(name: Int, text: Jinja.Text)] = []
    var defaults: [Expression] = []
    if end == "endmacro" || isSymbol("(") {
      try expect(symbol: "(")
      while !isSymbol(")") {
        if !parameters.isEmpty { try expect(symbol: ",") }
        let parameter = try expectName()
        parameters.append((number(of: parameter), Jinja.Text(parameter)))
        if skip(symbol: "=") {
          defaults.append(try parseExpression())
        } else if !defaults.isEmpty {
          throw error(.syntax, "non-default argument follows default argument")
        }
      }
      try expect(symbol: ")")
    }
    try afterSignature(&self)
    usedNames.append([])
    let body = try ownBlock { try $0.parseBlock(until: [end]) }
    advance()
    let used = usedNames.removeLast()
    if !usedNames.isEmpty { usedNames[usedNames.count - 1].formUnion(used) }
    func special(_ name: String) -> Int? {
      guard let number = numberIfKnown(name), used.contains(number) else { return nil }
      return parameters.contains { $0.name == number } ? nil : number
    }
    return Jinja.MacroDefinition(
      name: name, parameters: parameters, defaults: defaults, body: body, varargs: special("varargs"),
      kwargs: special("kwargs"), caller: special("caller"), line: line)
  }
}
