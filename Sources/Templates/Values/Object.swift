extension Jinja {
  /// A value with an identity: a namespace, a macro, a method, what a generator gives.
  class Object {
    var typeName: String { "object" }
    /// With the module, as messages of jinja2 have it.
    var qualifiedTypeName: String { typeName }
    var isTrue: Bool { true }
    var isCallable: Bool { false }
    /// What the object holds that can only be let go from outside in.
    var depth: Int { 1 }

    func attribute(_ name: Text) -> Value? { nil }
    func call(_ arguments: Arguments, _ interpreter: Interpreter) throws -> Value {
      throw JinjaError(.type, "'\(typeName)' object is not callable")
    }
    /// How the value is printed.
    var printed: String { "<\(qualifiedTypeName) object>" }
  }

  /// A place for values that loops and macros can change: `namespace(…)`.
  final class Namespace: Object {
    var attributes = OrderedDictionary()

    override var typeName: String { "Namespace" }
    override var qualifiedTypeName: String { "jinja2.utils.Namespace" }
    override func attribute(_ name: Text) -> Value? { attributes[.text(name)] }
  }

  /// A method of a value, or a function that templates can call.
  final class Function: Object {
    typealias Body = (Arguments, Interpreter) throws -> Value
    let name: String
    private let body: Body
    private let receiverDepth: Int

    init(_ name: String, receiverDepth: Int = 0, _ body: @escaping Body) {
      self.name = name
      self.receiverDepth = receiverDepth
      self.body = body
    }

    override var typeName: String { "builtin_function_or_method" }
    override var isCallable: Bool { true }
    override var depth: Int { receiverDepth + 1 }
    override var printed: String { "<built-in function \(name)>" }
    override func call(_ arguments: Arguments, _ interpreter: Interpreter) throws -> Value {
      try body(arguments, interpreter)
    }
  }

  /// What Python gives piece by piece: a generator, which is empty once it was read, or a view of a dictionary.
  final class Elements: Object {
    enum Kind: String {
      case generator
      case keys = "dict_keys"
      case values = "dict_values"
      case items = "dict_items"
      case reversed = "list_reverseiterator"
    }

    let kind: Kind
    private var elements: [Value]
    private let elementDepth: Int

    init(_ kind: Kind, _ elements: [Value]) throws {
      self.kind = kind
      self.elements = elements
      elementDepth = try Value.depth(above: elements)
    }

    var isView: Bool { kind == .keys || kind == .values || kind == .items }
    /// Of a view; generators have no length.
    var count: Int? { isView ? elements.count : nil }

    func read() -> [Value] {
      defer { if !isView { elements = [] } }
      return elements
    }

    override var typeName: String { kind.rawValue }
    override var isTrue: Bool { isView ? !elements.isEmpty : true }
    override var depth: Int { elementDepth }
    override var printed: String { "<\(kind.rawValue) object>" }
  }

  /// `joiner(sep)`: nothing the first time, then the separator.
  final class Joiner: Object {
    private let separator: Value
    private var isUsed = false

    init(_ separator: Value) { self.separator = separator }
    override var typeName: String { "Joiner" }
    override var isCallable: Bool { true }
    override var depth: Int { separator.depth + 1 }
    override func call(_ arguments: Arguments, _ interpreter: Interpreter) throws -> Value {
      defer { isUsed = true }
      return isUsed ? separator : .text("")
    }
  }

  /// `cycler(a, b, …)`.
  final class Cycler: Object {
    private let items: List
    private var position = 0

    init(_ items: List) { self.items = items }
    override var typeName: String { "Cycler" }
    override var depth: Int { items.depth + 1 }
    override func attribute(_ name: Text) -> Value? {
      switch name.string {
      case "current": items.elements[position]
      case "next":
        .object(
          Function("next", receiverDepth: depth) { [self] _, _ in
            defer { position = (position + 1) % items.elements.count }
            return items.elements[position]
          })
      case "reset":
        .object(
          Function("reset", receiverDepth: depth) { [self] _, _ in
            position = 0
            return .none
          })
      default: nil
      }
    }
  }
}
