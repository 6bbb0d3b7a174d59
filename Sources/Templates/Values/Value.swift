extension Jinja {
  /// A value while a template runs.
  enum Value {
    case undefined(Undefined)
    case none
    case boolean(Bool)
    case integer(Int)
    case float(Double)
    case text(Text)
    case list(List)
    case tuple(List)
    case dictionary(OrderedDictionary)
    case range(RangeValue)
    case object(Object)
  }

  /// Elements of a list or a tuple. Never changed, as the sandbox forbids it.
  struct List {
    let elements: [Value]
    /// Levels of containers inside one another, this one included.
    let depth: Int

    /// - Throws: `JinjaError` when containers lie in too many others: taking them apart would need too much stack.
    init(_ elements: [Value]) throws {
      self.elements = elements
      depth = try Value.depth(above: elements)
    }
  }

  struct RangeValue {
    let start: Int
    let step: Int
    let count: Int
    let stop: Int

    subscript(index: Int) -> Int { start + index * step }
  }

  /// Why there is no value, and what is said when it is used.
  struct Undefined {
    var message: String
    var kind = JinjaError.Kind.undefined

    var error: JinjaError { JinjaError(kind, message) }
  }

  static let maximumContainerDepth = 100
}

extension Jinja.Value {
  static func text(_ string: String) -> Self { .text(Jinja.Text(string)) }
  static func list(_ elements: [Jinja.Value]) throws -> Self { .list(try Jinja.List(elements)) }
  static func tuple(_ elements: [Jinja.Value]) throws -> Self { .tuple(try Jinja.List(elements)) }
  static func undefined(_ message: String) -> Self { .undefined(Jinja.Undefined(message: message)) }

  var depth: Int {
    switch self {
    case .list(let list), .tuple(let list): list.depth
    case .dictionary(let dictionary): dictionary.depth
    case .object(let object): object.depth
    default: 0
    }
  }

  static func depth(above elements: [Jinja.Value]) throws -> Int {
    let depth = 1 + elements.reduce(0) { max($0, $1.depth) }
    guard depth <= Jinja.maximumContainerDepth else {
      throw JinjaError(
        .limit, "lists or dictionaries lie in one another more than \(Jinja.maximumContainerDepth) levels deep")
    }
    return depth
  }

  /// The name of the type in Python.
  var typeName: String {
    switch self {
    case .undefined: "Undefined"
    case .none: "NoneType"
    case .boolean: "bool"
    case .integer: "int"
    case .float: "float"
    case .text(let text): text.isMarkup ? "Markup" : "str"
    case .list: "list"
    case .tuple: "tuple"
    case .dictionary: "dict"
    case .range: "range"
    case .object(let object): object.typeName
    }
  }

  /// How jinja2 calls a value in messages about what it lacks.
  var objectName: String {
    switch self {
    case .none: "None"
    case .object(let object): object.qualifiedTypeName + " object"
    case .undefined: "jinja2.runtime.Undefined object"
    case .text(let text) where text.isMarkup: "markupsafe.Markup object"
    default: typeName + " object"
    }
  }

  var isTrue: Bool {
    switch self {
    case .undefined, .none: false
    case .boolean(let value): value
    case .integer(let value): value != 0
    case .float(let value): value != 0
    case .text(let text): !text.isEmpty
    case .list(let list), .tuple(let list): !list.elements.isEmpty
    case .dictionary(let dictionary): !dictionary.isEmpty
    case .range(let range): range.count > 0
    case .object(let object): object.isTrue
    }
  }

  var isUndefined: Bool { if case .undefined = self { true } else { false } }
  var isNone: Bool { if case .none = self { true } else { false } }

  /// A whole number, where Python takes true and false for one as well.
  var wholeNumber: Int? {
    switch self {
    case .integer(let value): value
    case .boolean(let value): value ? 1 : 0
    default: nil
    }
  }

  var number: Double? {
    if case .float(let value) = self { return value }
    return wholeNumber.map(Double.init)
  }
}
