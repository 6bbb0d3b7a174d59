extension Jinja.Interpreter {
  typealias Value = Jinja.Value
  typealias Text = Jinja.Text
  typealias Scope = Jinja.Scope

  /// How a block ended.
  enum Ending {
    case normal
    case broken
    case continued
  }

  func execute(_ statements: [Jinja.Statement], _ scope: Scope) throws -> Ending {
    for statement in statements {
      try step()
      let ending = try nested { try execute(statement, scope) }
      if ending != .normal { return ending }
    }
    return .normal
  }

  private func execute(_ statement: Jinja.Statement, _ scope: Scope) throws -> Ending {
    switch statement {
    case .data(let text): try write(text)
    case .output(let expression, let line):
      self.line = line
      try write(text(of: evaluate(expression, scope)))
    case .set(let target, let expression, let line):
      self.line = line
      try assign(evaluate(expression, scope), to: target, scope)
    case .setBlock(let target, let filters, let body, let line):
      try executeSetBlock(target, filters, body, scope, line)
    case .branches(let branches, let otherwise, let line):
      self.line = line
      for (test, body) in branches where try evaluate(test, scope).isTrue { return try execute(body, scope) }
      return try execute(otherwise, scope)
    case .loop(let loop): return try execute(loop, scope)
    case .macro(let name, let definition):
      keep(scope)
      scope.set(name, .object(Jinja.Macro(definition, scope)))
    case .callBlock(let definition, let call, let line):
      self.line = line
      try executeCallBlock(definition, call, scope, line)
    case .filterBlock(let filter, let body, let line):
      try write(text(of: filtered(body, filter, scope, line)))
    case .with(let assignments, let body, _):
      let inner = try Scope(parent: scope)
      for (target, expression) in assignments { try assign(evaluate(expression, scope), to: target, inner) }
      return try execute(body, inner)
    case .generation(let body, _): try executeGeneration(body, scope)
    case .breakLoop: return .broken
    case .continueLoop: return .continued
    case .evaluate(let expression, let line):
      self.line = line
      _ = try evaluate(expression, scope)
    }
    return .normal
  }

  private func executeSetBlock(
    _ target: Jinja.Target, _ filters: Jinja.Expression?, _ body: [Jinja.Statement], _ scope: Scope, _ line: Int
  ) throws {
    let value: Value
    if let filters {
      value = try filtered(body, filters, scope, line)
    } else {
      value = .text(try capture { _ = try execute(body, try Scope(parent: scope)) })
    }
    try assign(value, to: target, scope)
  }

  /// What a chain of filters makes of the text of a block.
  private func filtered(
    _ body: [Jinja.Statement], _ filter: Jinja.Expression, _ scope: Scope, _ line: Int
  ) throws -> Value {
    let text = try capture { _ = try execute(body, try Scope(parent: scope)) }
    self.line = line
    return try apply(filter, to: .text(text), scope)
  }

  private func apply(_ filter: Jinja.Expression, to value: Value, _ scope: Scope) throws -> Value {
    guard case .filter(let inner, let name, let arguments, let line) = filter else { return value }
    let input = try inner.map { try apply($0, to: value, scope) } ?? value
    let evaluated = try evaluate(arguments, scope)
    self.line = line
    return try self.filter(input, name, evaluated)
  }

  private func executeCallBlock(
    _ definition: Jinja.MacroDefinition, _ call: Jinja.Expression, _ scope: Scope, _ line: Int
  ) throws {
    guard case .call(let function, var arguments, _) = call else { return }
    keep(scope)
    let caller = Value.object(Jinja.Macro(definition, scope))
    let callee = try evaluate(function, scope)
    let positional = arguments.positional
    arguments.positional = []
    var values = try evaluate(arguments, scope)
    values.positional = try positional.map { try evaluate($0, scope) } + values.positional
    values.keywords.append(("caller", caller))
    self.line = line
    try write(text(of: invoke(callee, values)))
  }

  private func executeGeneration(_ body: [Jinja.Statement], _ scope: Scope) throws {
    let start = output.count
    _ = try execute(body, try Scope(parent: scope))
    if captureDepth > 0 {
      hasHiddenGeneration = true
    } else {
      generationRanges.append(start..<output.count)
    }
  }

  // MARK: Assignment

  func assign(_ value: Value, to target: Jinja.Target, _ scope: Scope) throws {
    switch target {
    case .name(let name): scope.set(name, value)
    case .attribute(let name, let attribute):
      guard case .object(let object)? = scope.value(name), let namespace = object as? Jinja.Namespace else {
        throw JinjaError(.type, "cannot assign attribute on non-namespace object")
      }
      try setAttribute(value, attribute, of: namespace)
    case .tuple(let targets):
      let elements = try unpacked(value, count: targets.count)
      for (target, element) in zip(targets, elements) { try assign(element, to: target, scope) }
    }
  }

  func setAttribute(_ value: Value, _ name: Text, of namespace: Jinja.Namespace) throws {
    guard name.bytes.first != UInt8(ascii: "_") else {
      throw JinjaError(.security, "attributes of a namespace must not begin with an underscore: '\(name.string)'")
    }
    try namespace.attributes.set(value, for: name)
  }

  private func unpacked(_ value: Value, count: Int) throws -> [Value] {
    guard let elements = try elementsIfIterable(value) else {
      throw JinjaError(.type, "cannot unpack non-iterable \(value.typeName) object")
    }
    if elements.count < count {
      throw JinjaError(.value, "not enough values to unpack (expected \(count), got \(elements.count))")
    }
    if elements.count > count { throw JinjaError(.value, "too many values to unpack (expected \(count))") }
    return elements
  }

  // MARK: Loops

  private func execute(_ loop: Jinja.Loop, _ scope: Scope) throws -> Ending {
    line = loop.line
    var elements = try self.elements(evaluate(loop.sequence, scope))
    if let filter = loop.filter {
      elements = try elements.filter { element in
        let inner = try Scope(parent: scope)
        try assign(element, to: loop.target, inner)
        return try evaluate(filter, inner).isTrue
      }
    }
    guard !elements.isEmpty else { return try execute(loop.otherwise, try Scope(parent: scope)) }
    let state = try Jinja.LoopState(Jinja.List(elements))
    for index in elements.indices {
      try step()
      state.index = index
      let inner = try Scope(parent: scope)
      try assign(elements[index], to: loop.target, inner)
      inner.set(loop.loopName, .object(state))
      if try execute(loop.body, inner) == .broken { break }
    }
    return .normal
  }
}
