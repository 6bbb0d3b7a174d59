extension Jinja.Interpreter {
  /// The functions that every template can call.
  var globals: [(String, Value)] {
    let functions: [(String, Jinja.Function.Body)] = [
      ("raise_exception", Self.raiseException), ("strftime_now", Self.formattedTime), ("range", Self.makeRange),
      ("dict", Self.makeDictionary), ("namespace", Self.makeNamespace),
      ("lipsum", { _, _ in throw JinjaError(.unsupported, "the function 'lipsum' is not supported") }),
      (
        "joiner",
        { arguments, _ in .object(Jinja.Joiner(try arguments.bound("joiner", "sep")[0] ?? .text(", "))) }
      ),
      (
        "cycler",
        { arguments, _ in
          guard !arguments.positional.isEmpty, arguments.keywords.isEmpty else {
            throw JinjaError(.type, "at least one item has to be provided")
          }
          return .object(Jinja.Cycler(try Jinja.List(arguments.positional)))
        }
      ),
    ]
    return functions.map { name, body in (name, .object(Jinja.Function(name, body))) }
  }

  private static func raiseException(_ arguments: Jinja.Arguments, _ interpreter: Jinja.Interpreter) throws -> Value {
    let message = try arguments.bound("raise_exception", "message", required: 1)[0] ?? .none
    throw JinjaError(.raised, try interpreter.text(of: message).string, line: interpreter.line)
  }

  private static func makeRange(_ arguments: Jinja.Arguments, _ interpreter: Jinja.Interpreter) throws -> Value {
    guard arguments.keywords.isEmpty, (1...3).contains(arguments.positional.count) else {
      throw JinjaError(.type, "range expected 1 to 3 arguments, got \(arguments.positional.count)")
    }
    let numbers = try arguments.positional.map { value in
      guard let number = try interpreter.wholeNumber(value) else {
        throw JinjaError(.type, "'\(value.typeName)' object cannot be interpreted as an integer")
      }
      return number
    }
    let (start, stop) = numbers.count == 1 ? (0, numbers[0]) : (numbers[0], numbers[1])
    let step = numbers.count == 3 ? numbers[2] : 1
    guard step != 0 else { throw JinjaError(.value, "range() arg 3 must not be zero") }
    let (distance, overflow) = stop.subtractingReportingOverflow(start)
    let isForward = step > 0
    let steps = step.magnitude
    let span = isForward == (distance > 0) && distance != 0 ? distance.magnitude : 0
    let count = (span + steps - 1) / steps
    guard !overflow, span <= UInt(Int.max), count <= 100_000 else {
      throw JinjaError(
        .value, "Range too big. The sandbox blocks ranges larger than MAX_RANGE (100000).")
    }
    return .range(Jinja.RangeValue(start: start, step: step, count: Int(count), stop: stop))
  }

  private static func makeDictionary(
    _ arguments: Jinja.Arguments, _ interpreter: Jinja.Interpreter
  ) throws -> Value {
    guard arguments.positional.count <= 1 else {
      throw JinjaError(.type, "dict expected at most 1 argument, got \(arguments.positional.count)")
    }
    var result = Jinja.OrderedDictionary()
    switch arguments.positional.first {
    case nil: break
    case .dictionary(let dictionary)?: result = dictionary
    case let pairs?:
      for pair in try interpreter.elements(pairs) {
        let elements = try interpreter.elements(pair)
        guard elements.count == 2 else {
          throw JinjaError(.value, "dictionary update sequence element has length \(elements.count); 2 is required")
        }
        try result.set(elements[1], for: elements[0], elements[0].key())
      }
    }
    for (name, value) in arguments.keywords { try result.set(value, for: name) }
    return .dictionary(result)
  }

  private static func makeNamespace(
    _ arguments: Jinja.Arguments, _ interpreter: Jinja.Interpreter
  ) throws -> Value {
    let namespace = interpreter.makeNamespace()
    guard case .dictionary(let dictionary) = try makeDictionary(arguments, interpreter) else { return .none }
    for (key, value) in zip(dictionary.keys, dictionary.values) {
      guard case .text(let name) = key else {
        throw JinjaError(.type, "the names of a namespace are strings, not \(key.typeName)")
      }
      try interpreter.setAttribute(value, name, of: namespace)
    }
    return .object(namespace)
  }
}
