extension Jinja {
  /// A template as the interpreter runs it. Names are numbered.
  struct Program: Sendable {
    var body: [Statement]
    var names: [String]
    var literals: [String]
    /// Names and string constants in its tags.
    var words: Set<String>
    var hasGenerationBlocks: Bool
  }

  enum Constant: Sendable {
    case none
    case boolean(Bool)
    case integer(Int)
    case float(Double)
    case text(Text)
  }

  struct CallArguments: Sendable {
    var positional: [Expression] = []
    var keywords: [(name: Text, value: Expression)] = []
    var rest: Expression?
    var keywordRest: Expression?
  }

  enum BinaryOperator: String, Sendable {
    case add = "+"
    case subtract = "-"
    case multiply = "*"
    case divide = "/"
    case floorDivide = "//"
    case modulo = "%"
    case power = "**"
  }

  enum Comparison: String, Sendable {
    case equal = "=="
    case notEqual = "!="
    case less = "<"
    case lessOrEqual = "<="
    case greater = ">"
    case greaterOrEqual = ">="
    case isIn = "in"
    case notIn = "not in"
  }

  indirect enum Expression: Sendable {
    case constant(Constant)
    case name(Int)
    case list([Expression])
    case tuple([Expression])
    case dictionary([(Expression, Expression)], line: Int)
    case attribute(Expression, Text, line: Int)
    case item(Expression, Expression, line: Int)
    case slice(Expression, start: Expression?, stop: Expression?, step: Expression?, line: Int)
    case call(Expression, CallArguments, line: Int)
    /// Without a value in a filter block.
    case filter(Expression?, String, CallArguments, line: Int)
    case test(Expression, String, CallArguments, line: Int)
    case negate(Expression, line: Int)
    case plus(Expression, line: Int)
    case not(Expression)
    case and(Expression, Expression)
    case or(Expression, Expression)
    case binary(BinaryOperator, Expression, Expression, line: Int)
    case compare(Expression, [(Comparison, Expression)], line: Int)
    case concatenate([Expression])
    case conditional(test: Expression, then: Expression, otherwise: Expression?, line: Int)
  }

  enum Target: Sendable {
    case name(Int)
    case attribute(Int, Text)
    case tuple([Target])
  }

  struct Loop: Sendable {
    var target: Target
    var sequence: Expression
    var filter: Expression?
    var body: [Statement]
    var otherwise: [Statement]
    /// The number of the name `loop`.
    var loopName: Int
    var line: Int
  }

  struct MacroDefinition: Sendable {
    var name: String
    var parameters: [(name: Int, text: Text)]
    /// Of the last parameters.
    var defaults: [Expression]
    var body: [Statement]
    /// The numbers of the names that take what is left over, where the body uses them.
    var varargs: Int?
    var kwargs: Int?
    var caller: Int?
    var line: Int
  }

  indirect enum Statement: Sendable {
    case data(Text)
    case output(Expression, line: Int)
    case set(Target, Expression, line: Int)
    case setBlock(Target, filters: Expression?, [Statement], line: Int)
    case branches([(Expression, [Statement])], otherwise: [Statement], line: Int)
    case loop(Loop)
    case macro(Int, MacroDefinition)
    case callBlock(MacroDefinition, Expression, line: Int)
    case filterBlock(Expression, [Statement], line: Int)
    case with([(Target, Expression)], [Statement], line: Int)
    case generation([Statement], line: Int)
    case breakLoop
    case continueLoop
    case evaluate(Expression, line: Int)
  }
}
