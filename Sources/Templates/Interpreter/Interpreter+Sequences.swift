extension Jinja.Interpreter {
  /// What iterating over a value gives; nil for what cannot be iterated over.
  func elementsIfIterable(_ value: Value) throws -> [Value]? {
    switch value {
    case .undefined(let undefined) where undefined.kind != .undefined: throw undefined.error
    case .undefined: return []
    case .text(let text):
      try step(text.bytes.count)
      return text.string.unicodeScalars.map { .text(Text(CollectionOfOne($0))) }
    case .list(let list), .tuple(let list):
      try step(list.elements.count)
      return list.elements
    case .dictionary(let dictionary):
      try step(dictionary.count)
      return dictionary.keys
    case .range(let range):
      try step(range.count)
      return (0..<range.count).map { .integer(range[$0]) }
    case .object(let object):
      guard let sequence = object as? Jinja.Elements else { return nil }
      let elements = sequence.read()
      try step(elements.count)
      return elements
    case .none, .boolean, .integer, .float: return nil
    }
  }

  /// - Throws: `JinjaError` for what cannot be iterated over.
  func elements(_ value: Value) throws -> [Value] {
    guard let elements = try elementsIfIterable(value) else {
      throw JinjaError(.type, "'\(value.typeName)' object is not iterable")
    }
    return elements
  }

  func length(of value: Value) throws -> Int {
    switch value {
    case .undefined(let undefined) where undefined.kind != .undefined: throw undefined.error
    case .undefined: return 0
    case .text(let text):
      try charge(bytes: text.bytes.count)
      return text.count
    case .list(let list), .tuple(let list): return list.elements.count
    case .dictionary(let dictionary): return dictionary.count
    case .range(let range): return range.count
    case .object(let object):
      if let count = (object as? Jinja.Elements)?.count { return count }
    case .none, .boolean, .integer, .float: break
    }
    throw JinjaError(.type, "object of type '\(value.typeName)' has no len()")
  }

  // MARK: Attributes and items

  /// `value.name`: an attribute in Python, else the item with this key.
  func attribute(_ name: Text, of value: Value) throws -> Value {
    if case .undefined(let undefined) = value { throw undefined.error }
    if let found = try pythonAttribute(name, of: value) { return found }
    if case .dictionary(let dictionary) = value, let found = dictionary[.text(name)] { return found }
    return missing(.text(name), of: value)
  }

  /// `value[key]`: the item with this key, else the attribute of this name in Python.
  func item(_ key: Value, of value: Value) throws -> Value {
    switch value {
    case .undefined(let undefined): throw undefined.error
    case .dictionary(let dictionary):
      // A list as the key is an error that Python's sandbox turns into nothing.
      if let hashed = try? key.key(), let found = dictionary[hashed] { return found }
    case .list(let list), .tuple(let list):
      if let index = key.wholeNumber, let position = Self.position(index, list.elements.count) {
        return list.elements[position]
      }
    case .text(let text):
      if let index = key.wholeNumber {
        try charge(bytes: text.bytes.count)
        if let found = text.character(index) { return .text(found) }
      }
    case .range(let range):
      if let index = key.wholeNumber, let position = Self.position(index, range.count) {
        return .integer(range[position])
      }
    default: break
    }
    if case .text(let name) = key, let found = try pythonAttribute(name, of: value) { return found }
    return missing(key, of: value)
  }

  static func position(_ index: Int, _ count: Int) -> Int? {
    let position = index < 0 ? index + count : index
    return (0..<count).contains(position) ? position : nil
  }

  private func missing(_ key: Value, of value: Value) -> Value {
    guard case .text(let name) = key else {
      let spelt = (try? text(of: key).string) ?? "?"
      return .undefined("\(value.objectName) has no element \(spelt)")
    }
    return .undefined("'\(value.objectName)' has no attribute \(Jinja.quoted(name).string)")
  }

  /// What Python's `getattr` finds, behind the gate of the sandbox.
  private func pythonAttribute(_ name: Text, of value: Value) throws -> Value? {
    if case .object(let object) = value, let found = object.attribute(name) { return found }
    if name.bytes.first == UInt8(ascii: "_"), name.hasPrefix("__") {
      return forbidden(name, value)
    }
    guard let method = Jinja.methodNames[value.methodTable]?[name.string] else { return nil }
    switch method {
    case .implemented(let body):
      return .object(
        Jinja.Function(name.string, receiverDepth: value.depth) { arguments, interpreter in
          try body(value, arguments, interpreter)
        })
    case .forbidden: return forbidden(name, value)
    case .missing:
      throw JinjaError(.unsupported, "the method '\(name.string)' of a \(value.typeName) is not supported")
    }
  }

  private func forbidden(_ name: Text, _ value: Value) -> Value {
    .undefined(
      Jinja.Undefined(
        message: "access to attribute '\(name.string)' of '\(value.typeName)' object is unsafe.", kind: .security))
  }

  // MARK: Slices

  func slice(_ value: Value, _ bounds: [Value?]) throws -> Value {
    if case .undefined(let undefined) = value { throw undefined.error }
    // As with items, what Python's sandbox cannot take apart gives nothing.
    let nothing = Value.undefined("\(value.objectName) has no element for a slice")
    if case .dictionary = value { throw JinjaError(.type, "unhashable type: 'slice'") }
    for case let bound? in bounds where !bound.isNone && bound.wholeNumber == nil { return nothing }
    let numbers = bounds.map { $0?.wholeNumber }
    if numbers[2] == 0 { throw JinjaError(.value, "slice step cannot be zero") }
    func positions(_ count: Int) throws -> [Int] {
      let positions = Self.positions(numbers[0], numbers[1], numbers[2] ?? 1, count)
      try step(positions.count)
      return positions
    }
    switch value {
    case .list(let list): return try .list(positions(list.elements.count).map { list.elements[$0] })
    case .tuple(let list): return try .tuple(positions(list.elements.count).map { list.elements[$0] })
    case .text(let text):
      try charge(bytes: text.bytes.count * 4)
      let scalars = text.scalars
      var result = Text(try positions(scalars.count).map { scalars[$0] })
      result.isMarkup = text.isMarkup
      return .text(result)
    case .range(let range): return try .list(positions(range.count).map { .integer(range[$0]) })
    default: return nothing
    }
  }

  /// The positions that Python's slice picks of `count` elements.
  private static func positions(_ start: Int?, _ stop: Int?, _ step: Int, _ count: Int) -> [Int] {
    func clamped(_ bound: Int?, _ fallback: Int) -> Int {
      guard let bound else { return fallback }
      let position = bound < 0 ? max(bound, -count - 1) + count : bound
      return step > 0 ? min(max(position, 0), count) : min(max(position, -1), count - 1)
    }
    let first = clamped(start, step > 0 ? 0 : count - 1)
    let end = clamped(stop, step > 0 ? count : -1)
    // A longer step picks one element, as this one does.
    let bounded = max(-count - 1, min(count + 1, step))
    return Array(stride(from: first, to: end, by: bounded))
  }
}

extension Jinja.Text {
  /// The code point at an index, which counts from the end if negative.
  func character(_ index: Int) -> Jinja.Text? {
    let count = count
    guard let position = Jinja.Interpreter.position(index, count) else { return nil }
    if count == bytes.count { return Jinja.Text(CollectionOfOne(bytes[position]), isMarkup: isMarkup) }
    let scalars = string.unicodeScalars
    return Jinja.Text(CollectionOfOne(scalars[scalars.index(scalars.startIndex, offsetBy: position)]))
  }
}
