extension Jinja {
  /// What Python's dictionaries tell keys apart by: `1`, `1.0` and `True` are one key.
  enum Key: Hashable {
    case none
    case integer(Int)
    case float(Double)
    case text(Text)
    /// A tuple, spelt out.
    case composite([UInt8])
    case object(ObjectIdentifier)
    case undefined
  }

  /// A Python dictionary: keys of any hashable kind in the order in which they came.
  struct OrderedDictionary {
    private(set) var keys: [Value] = []
    private(set) var values: [Value] = []
    private var indices: [Key: Int] = [:]
    private(set) var depth = 1

    var isEmpty: Bool { keys.isEmpty }
    var count: Int { keys.count }

    subscript(key: Key) -> Value? { indices[key].map { values[$0] } }

    mutating func set(_ value: Value, for key: Value, _ hashed: Key) throws {
      depth = max(depth, try Value.depth(above: [key, value]))
      if let index = indices[hashed] {
        values[index] = value
      } else {
        indices[hashed] = keys.count
        keys.append(key)
        values.append(value)
      }
    }

    mutating func set(_ value: Value, for key: Text) throws {
      try set(value, for: .text(key), .text(key))
    }
  }
}

extension Jinja.Value {
  /// The key that this value is in a dictionary.
  /// - Throws: `JinjaError` for values that cannot be one.
  func key() throws -> Jinja.Key {
    switch self {
    case .none: return .none
    case .boolean(let value): return .integer(value ? 1 : 0)
    case .integer(let value): return .integer(value)
    case .float(let value): return Int(exactly: value).map(Jinja.Key.integer) ?? .float(value)
    case .text(let text): return .text(text)
    case .tuple:
      var bytes: [UInt8] = []
      try spell(into: &bytes)
      return .composite(bytes)
    case .undefined: return .undefined
    case .range(let range): return .composite(Array("range \(range.start) \(range.count) \(range.step)".utf8))
    case .object(let object): return .object(ObjectIdentifier(object))
    case .list, .dictionary: throw JinjaError(.type, "unhashable type: '\(typeName)'")
    }
  }

  private static let longestKey = 1 << 16

  private func spell(into bytes: inout [UInt8]) throws {
    guard case .tuple(let list) = self else {
      let text = "\(try key())"
      bytes += Array("\(text.utf8.count):\(text)".utf8)
      return
    }
    bytes.append(UInt8(ascii: "("))
    for element in list.elements {
      try element.spell(into: &bytes)
      guard bytes.count <= Self.longestKey else {
        throw JinjaError(.limit, "a tuple of more than \(Self.longestKey) bytes is the key of a dictionary")
      }
    }
    bytes.append(UInt8(ascii: ")"))
  }
}
