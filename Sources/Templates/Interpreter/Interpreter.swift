extension Jinja {
  /// Runs a program once.
  final class Interpreter {
    let program: Program
    let limits: JinjaLimits
    let clock: JinjaClock
    /// Of the node that is being evaluated, for errors.
    var line = 0
    var output: [UInt8] = []
    /// Blocks whose text is kept instead of written.
    var captureDepth = 0
    var generationRanges: [Range<Int>] = []
    /// Whether a generation block was written where its place in the text is not known.
    var hasHiddenGeneration = false
    private var remainingSteps: Int
    private var depth = 0
    /// Scopes and namespaces that may hold themselves.
    private var scopes: [Scope] = []
    private var namespaces: [Namespace] = []

    init(_ program: Program, limits: JinjaLimits, clock: JinjaClock) {
      self.program = program
      self.limits = limits
      self.clock = clock
      remainingSteps = limits.steps
    }

    func render(_ variables: JinjaDictionary) throws -> JinjaTemplate.Rendering {
      defer {
        for scope in scopes { scope.clear() }
        for namespace in namespaces { namespace.attributes = OrderedDictionary() }
      }
      do {
        let root = try Scope(parent: nil)
        let used = Dictionary(uniqueKeysWithValues: program.names.enumerated().map { ($1, $0) })
        for (name, value) in globals { if let number = used[name] { root.set(number, value) } }
        for entry in variables.entries {
          if let number = used[entry.key] { root.set(number, try Value(entry.value)) }
        }
        // What the template sets lies in a scope above the one that it was given.
        _ = try execute(program.body, try Scope(parent: root))
        if hasHiddenGeneration { generationRanges = [] }
        return JinjaTemplate.Rendering(
          text: String(decoding: output, as: UTF8.self), generationRanges: generationRanges)
      } catch var error as JinjaError {
        if error.line == 0 { error.line = line }
        throw error
      }
    }

    /// Scopes in which macros are defined outlive their block.
    func keep(_ scope: Scope) { scopes.append(scope) }

    func makeNamespace() -> Namespace {
      let namespace = Namespace()
      namespaces.append(namespace)
      return namespace
    }

    // MARK: Limits

    func step(_ count: Int = 1) throws {
      remainingSteps -= count
      guard remainingSteps >= 0 else {
        throw JinjaError(.limit, "the template does more than \(limits.steps) steps of work")
      }
    }

    func charge(bytes: Int) throws { try step(bytes / 16 + 1) }

    func require(textBytes: Int) throws {
      guard textBytes <= limits.textBytes else {
        throw JinjaError(.limit, "a text would have more than \(limits.textBytes) bytes")
      }
    }

    /// One level further down, where too many would use up the stack.
    func nested<Result>(_ body: () throws -> Result) throws -> Result {
      depth += 1
      defer { depth -= 1 }
      guard depth <= limits.depth else {
        throw JinjaError(.limit, "macros, blocks and expressions are nested more than \(limits.depth) levels deep")
      }
      return try body()
    }

    // MARK: Output

    func write(_ text: Text) throws {
      try charge(bytes: text.bytes.count)
      output += text.bytes
      if captureDepth > 0 {
        try require(textBytes: output.count)
      } else if output.count > limits.outputBytes {
        throw JinjaError(.limit, "the text would have more than \(limits.outputBytes) bytes")
      }
    }

    /// The text that `body` writes.
    func capture(_ body: () throws -> Void) throws -> Text {
      let saved = output
      output = []
      captureDepth += 1
      defer {
        captureDepth -= 1
        output = saved
      }
      try body()
      return Text(output)
    }

    /// - Throws: `JinjaError` unless the text is one that may be made.
    func checked(_ text: Text) throws -> Value {
      try require(textBytes: text.bytes.count)
      try charge(bytes: text.bytes.count)
      return .text(text)
    }

    func checked(_ elements: [Value]) throws -> Value {
      try step(elements.count)
      return try .list(elements)
    }
  }
}

extension Jinja.Value {
  /// - Throws: `JinjaError` for data that is nested too deep.
  init(_ value: JinjaValue, depth: Int = 0) throws {
    guard depth < Jinja.maximumContainerDepth else {
      throw JinjaError(
        .limit, "the variables are nested more than \(Jinja.maximumContainerDepth) levels deep")
    }
    switch value {
    case .none: self = .none
    case .boolean(let value): self = .boolean(value)
    case .integer(let value): self = .integer(value)
    case .float(let value): self = .float(value)
    case .string(let string): self = .text(string)
    case .list(let elements): self = try .list(elements.map { try Jinja.Value($0, depth: depth + 1) })
    case .dictionary(let dictionary):
      var result = Jinja.OrderedDictionary()
      for entry in dictionary.entries {
        try result.set(Jinja.Value(entry.value, depth: depth + 1), for: Jinja.Text(entry.key))
      }
      self = .dictionary(result)
    }
  }
}
