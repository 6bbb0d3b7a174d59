extension Jinja.Interpreter {
  func evaluate(_ expression: Jinja.Expression, _ scope: Scope) throws -> Value {
    try step()
    switch expression {
    case .constant(let constant): return Value(constant)
    case .name(let name):
      return scope.value(name) ?? .undefined("'\(program.names[name])' is undefined")
    default: return try nested { try evaluateNode(expression, scope) }
    }
  }

  private func evaluateNode(_ expression: Jinja.Expression, _ scope: Scope) throws -> Value {
    switch expression {
    case .constant, .name: return .none
    case .list(let elements): return try .list(elements.map { try evaluate($0, scope) })
    case .tuple(let elements): return try .tuple(elements.map { try evaluate($0, scope) })
    case .dictionary(let pairs, let line): return try evaluateDictionary(pairs, scope, line)
    case .attribute(let object, let name, let line):
      let value = try evaluate(object, scope)
      self.line = line
      return try attribute(name, of: value)
    case .item(let object, let key, let line):
      let value = try evaluate(object, scope)
      let key = try evaluate(key, scope)
      self.line = line
      return try item(key, of: value)
    case .slice(let object, let start, let stop, let step, let line):
      let value = try evaluate(object, scope)
      let bounds = try [start, stop, step].map { try $0.map { try evaluate($0, scope) } }
      self.line = line
      return try slice(value, bounds)
    case .call(let function, let arguments, let line):
      let callee = try evaluate(function, scope)
      let values = try evaluate(arguments, scope)
      self.line = line
      return try invoke(callee, values)
    case .filter, .test: return try evaluateNamed(expression, scope)
    case .not(let operand): return .boolean(try !evaluate(operand, scope).isTrue)
    case .and(let left, let right):
      let value = try evaluate(left, scope)
      return value.isTrue ? try evaluate(right, scope) : value
    case .or(let left, let right):
      let value = try evaluate(left, scope)
      return value.isTrue ? value : try evaluate(right, scope)
    default: return try evaluateOperation(expression, scope)
    }
  }

  private func evaluateNamed(_ expression: Jinja.Expression, _ scope: Scope) throws -> Value {
    switch expression {
    case .filter(let operand, let name, let arguments, let line):
      guard let operand else { return .none }
      let value = try evaluate(operand, scope)
      let values = try evaluate(arguments, scope)
      self.line = line
      return try filter(value, name, values)
    case .test(let operand, let name, let arguments, let line):
      let value = try evaluate(operand, scope)
      let values = try evaluate(arguments, scope)
      self.line = line
      return .boolean(try test(value, name, values))
    default: return .none
    }
  }

  private func evaluateOperation(_ expression: Jinja.Expression, _ scope: Scope) throws -> Value {
    switch expression {
    case .negate(let operand, let line):
      let value = try evaluate(operand, scope)
      self.line = line
      return try negated(value)
    case .plus(let operand, let line):
      let value = try evaluate(operand, scope)
      self.line = line
      return try unaryPlus(value)
    case .binary(let operation, let left, let right, let line):
      let (left, right) = (try evaluate(left, scope), try evaluate(right, scope))
      self.line = line
      return try combine(operation, left, right)
    case .compare(let first, let operations, let line): return try evaluateComparison(first, operations, scope, line)
    case .concatenate(let parts):
      var result = Text([])
      for part in parts {
        result.append(try text(of: evaluate(part, scope)))
        try require(textBytes: result.bytes.count)
      }
      return try checked(result)
    case .conditional(let test, let then, let otherwise, let line):
      if try evaluate(test, scope).isTrue { return try evaluate(then, scope) }
      if let otherwise { return try evaluate(otherwise, scope) }
      return .undefined(
        "the inline if-expression on line \(line) evaluated to false and no else section was defined.")
    default: return .none
    }
  }

  private func evaluateComparison(
    _ first: Jinja.Expression, _ operations: [(Jinja.Comparison, Jinja.Expression)], _ scope: Scope, _ line: Int
  ) throws -> Value {
    var left = try evaluate(first, scope)
    for (comparison, operand) in operations {
      let right = try evaluate(operand, scope)
      self.line = line
      guard try compare(comparison, left, right) else { return .boolean(false) }
      left = right
    }
    return .boolean(true)
  }

  private func evaluateDictionary(
    _ pairs: [(Jinja.Expression, Jinja.Expression)], _ scope: Scope, _ line: Int
  ) throws -> Value {
    var result = Jinja.OrderedDictionary()
    for (key, value) in pairs {
      let key = try evaluate(key, scope)
      let value = try evaluate(value, scope)
      self.line = line
      try result.set(value, for: key, key.key())
    }
    return .dictionary(result)
  }

  // MARK: Calls

  func evaluate(_ arguments: Jinja.CallArguments, _ scope: Scope) throws -> Jinja.Arguments {
    var result = Jinja.Arguments()
    for argument in arguments.positional { result.positional.append(try evaluate(argument, scope)) }
    if let rest = arguments.rest { result.positional += try elements(evaluate(rest, scope)) }
    for (name, value) in arguments.keywords { result.keywords.append((name, try evaluate(value, scope))) }
    guard let rest = arguments.keywordRest else { return result }
    guard case .dictionary(let dictionary) = try evaluate(rest, scope) else {
      throw JinjaError(.type, "argument after ** must be a mapping")
    }
    for (key, value) in zip(dictionary.keys, dictionary.values) {
      guard case .text(let name) = key else { throw JinjaError(.type, "keywords must be strings") }
      guard result.keyword(name) == nil else {
        throw JinjaError(.type, "got multiple values for keyword argument '\(name.string)'")
      }
      result.keywords.append((name, value))
    }
    return result
  }

  func invoke(_ callee: Value, _ arguments: Jinja.Arguments) throws -> Value {
    switch callee {
    case .object(let object): return try nested { try object.call(arguments, self) }
    case .undefined(let undefined): throw undefined.error
    default: throw JinjaError(.type, "'\(callee.typeName)' object is not callable")
    }
  }

  func filter(_ value: Value, _ name: String, _ arguments: Jinja.Arguments) throws -> Value {
    guard let filter = Jinja.filters[name] else {
      if Jinja.missingFilters.contains(name) {
        throw JinjaError(.unsupported, "the filter '\(name)' is not supported")
      }
      throw JinjaError(.syntax, "No filter named '\(name)'.")
    }
    return try filter(value, arguments, self)
  }

  func test(_ value: Value, _ name: String, _ arguments: Jinja.Arguments) throws -> Bool {
    guard let test = Jinja.tests[name] else { throw JinjaError(.syntax, "No test named '\(name)'.") }
    return try test(value, arguments, self)
  }
}

extension Jinja.Value {
  init(_ constant: Jinja.Constant) {
    switch constant {
    case .none: self = .none
    case .boolean(let value): self = .boolean(value)
    case .integer(let value): self = .integer(value)
    case .float(let value): self = .float(value)
    case .text(let text): self = .text(text)
    }
  }
}
