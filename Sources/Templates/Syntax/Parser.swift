extension Jinja {
  /// Makes a program of the tokens of a template.
  struct Parser {
    /// Nodes inside one another; the parser and the interpreter need stack for each.
    static let maximumDepth = 100

    private(set) var tokens: [Token]
    private(set) var index = 0
    var depth = 0
    private var numbers: [String: Int] = [:]
    private var names: [String] = []
    private var literals: [String] = []
    /// Names used since a macro began, innermost last.
    var usedNames: [Set<Int>] = []
    /// Loops around the statement within the macro or block that is its own.
    var loopDepth = 0
    /// Whether a filter that does not exist may yet not be reached, as in the branches of a condition.
    var isConditional = false
    var hasGenerationBlocks = false

    init(_ source: String) throws { tokens = try Lexer.tokens(source) }

    mutating func parseProgram() throws -> Program {
      let body = try parseStatements(until: [])
      return Program(
        body: body, names: names, literals: literals, words: words, hasGenerationBlocks: hasGenerationBlocks)
    }

    private var words: Set<String> {
      Set(
        tokens.compactMap { token in
          switch token.kind {
          case .name: token.text
          case .string: token.value.string
          default: nil
          }
        })
    }

    // MARK: Tokens

    var current: Token { tokens[index] }
    var line: Int { tokens[index].line }
    var next: Token { tokens[min(index + 1, tokens.count - 1)] }

    @discardableResult
    mutating func advance() -> Token {
      defer { index = min(index + 1, tokens.count - 1) }
      return tokens[index]
    }

    func isSymbol(_ text: String) -> Bool { current.kind == .symbol && current.text == text }
    func isName(_ text: String) -> Bool { current.kind == .name && current.text == text }

    mutating func skip(symbol text: String) -> Bool {
      guard isSymbol(text) else { return false }
      advance()
      return true
    }

    mutating func skip(name text: String) -> Bool {
      guard isName(text) else { return false }
      advance()
      return true
    }

    mutating func expect(symbol text: String) throws {
      guard skip(symbol: text) else { throw unexpected("'\(text)'") }
    }

    mutating func expect(_ kind: Token.Kind, _ expected: String) throws {
      guard current.kind == kind else { throw unexpected(expected) }
      advance()
    }

    mutating func expectName() throws -> String {
      guard current.kind == .name else { throw unexpected("a name") }
      return advance().text
    }

    func unexpected(_ expected: String) -> JinjaError {
      if current.kind == .symbol, current.text.utf8.first.map({ (0x30...0x39).contains($0) }) == true {
        return error(.unsupported, "the number \(current.text) does not fit into 64 bits")
      }
      return error(.syntax, "found \(current.name), expected \(expected)")
    }

    func error(_ kind: JinjaError.Kind, _ message: String) -> JinjaError { JinjaError(kind, message, line: line) }

    // MARK: Names and texts

    mutating func number(of name: String) -> Int {
      if let number = numbers[name] { return number }
      numbers[name] = names.count
      names.append(name)
      return names.count - 1
    }

    func numberIfKnown(_ name: String) -> Int? { numbers[name] }

    mutating func use(_ name: String) -> Int {
      let number = number(of: name)
      if !usedNames.isEmpty { usedNames[usedNames.count - 1].insert(number) }
      return number
    }

    mutating func literal(_ text: Text) -> Text {
      literals.append(text.string)
      return text
    }

    mutating func nested<Result>(_ body: (inout Parser) throws -> Result) throws -> Result {
      depth += 1
      defer { depth -= 1 }
      guard depth <= Self.maximumDepth else {
        throw error(.limit, "nested more than \(Self.maximumDepth) levels deep")
      }
      return try body(&self)
    }
  }
}
