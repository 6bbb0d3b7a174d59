extension Jinja {
  /// A macro, or the block that a call hands over.
  final class Macro: Object {
    private let definition: MacroDefinition
    private let scope: Scope

    init(_ definition: MacroDefinition, _ scope: Scope) {
      self.definition = definition
      self.scope = scope
    }

    override var typeName: String { "Macro" }
    override var qualifiedTypeName: String { "jinja2.runtime.Macro" }
    override var isCallable: Bool { true }
    override var printed: String { "<Macro '\(definition.name)'>" }

    override func attribute(_ name: Text) -> Value? {
      switch name.string {
      case "name": .text(definition.name)
      case "arguments": try? .tuple(definition.parameters.map { .text($0.text) })
      case "catch_kwargs": .boolean(definition.kwargs != nil)
      case "catch_varargs": .boolean(definition.varargs != nil)
      case "caller": .boolean(definition.caller != nil)
      default: nil
      }
    }

    override func call(_ arguments: Arguments, _ interpreter: Interpreter) throws -> Value {
      let inner = try Scope(parent: scope)
      try bind(arguments, inner, interpreter)
      return .text(try interpreter.capture { _ = try interpreter.execute(definition.body, inner) })
    }

    private func bind(_ arguments: Arguments, _ inner: Scope, _ interpreter: Interpreter) throws {
      var keywords = arguments.keywords
      let parameters = definition.parameters
      let firstDefault = parameters.count - definition.defaults.count
      for (index, parameter) in parameters.enumerated() {
        let keyword = keywords.firstIndex { $0.name == parameter.text }
        if index < arguments.positional.count {
          guard keyword == nil else {
            throw fail("got multiple values for argument '\(parameter.text.string)'")
          }
          inner.set(parameter.name, arguments.positional[index])
        } else if let keyword {
          inner.set(parameter.name, keywords.remove(at: keyword).value)
        } else if index >= firstDefault {
          inner.set(parameter.name, try interpreter.evaluate(definition.defaults[index - firstDefault], inner))
        } else {
          inner.set(parameter.name, .undefined("parameter '\(parameter.text.string)' was not provided"))
        }
      }
      try bindRest(arguments, &keywords, inner)
    }

    private func bindRest(
      _ arguments: Arguments, _ keywords: inout [(name: Text, value: Value)], _ inner: Scope
    ) throws {
      let caller = keywords.firstIndex { $0.name == "caller" }
      if let name = definition.caller {
        inner.set(name, caller.map { keywords.remove(at: $0).value } ?? .undefined("No caller defined"))
      } else if caller != nil, definition.kwargs == nil {
        throw fail("was invoked with two values for the special caller argument, or takes no caller")
      }
      if let name = definition.kwargs {
        var rest = OrderedDictionary()
        for (name, value) in keywords { try rest.set(value, for: name) }
        inner.set(name, .dictionary(rest))
      } else if let unknown = keywords.first {
        throw fail("takes no keyword argument '\(unknown.name.string)'")
      }
      let excess = Array(arguments.positional.dropFirst(definition.parameters.count))
      if let name = definition.varargs {
        inner.set(name, try .tuple(excess))
      } else if !excess.isEmpty {
        throw fail("takes not more than \(definition.parameters.count) argument(s)")
      }
    }

    private func fail(_ reason: String) -> JinjaError {
      JinjaError(.type, "macro '\(definition.name)' \(reason)")
    }
  }
}
