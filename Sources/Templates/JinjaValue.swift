/// Data that a template is rendered with: what JSON can say, keys in order.
public enum JinjaValue: Equatable, Sendable {
  case none
  case boolean(Bool)
  case integer(Int)
  case float(Double)
  case string(String)
  case list([JinjaValue])
  case dictionary(JinjaDictionary)
}

/// Named values in the order in which they were put in.
public struct JinjaDictionary: Equatable, Sendable, ExpressibleByDictionaryLiteral {
  public struct Entry: Equatable, Sendable {
    public var key: String
    public var value: JinjaValue
  }

  public private(set) var entries: [Entry]
  private var indices: [[UInt8]: Int]

  public init() {
    entries = []
    indices = [:]
  }

  public init(dictionaryLiteral elements: (String, JinjaValue)...) {
    self.init()
    for (key, value) in elements { self[key] = value }
  }

  public var isEmpty: Bool { entries.isEmpty }

  /// Setting a value that is there keeps its place; nil removes it.
  public subscript(key: String) -> JinjaValue? {
    get { indices[Array(key.utf8)].map { entries[$0].value } }
    set {
      let bytes = Array(key.utf8)
      switch (indices[bytes], newValue) {
      case (let index?, let value?): entries[index].value = value
      case (nil, let value?):
        indices[bytes] = entries.count
        entries.append(Entry(key: key, value: value))
      case (let index?, nil):
        entries.remove(at: index)
        indices = Dictionary(uniqueKeysWithValues: entries.enumerated().map { (Array($1.key.utf8), $0) })
      case (nil, nil): break
      }
    }
  }

  /// This dictionary with the entries of `other` set one after another.
  public func merging(_ other: JinjaDictionary) -> JinjaDictionary {
    var result = self
    for entry in other.entries { result[entry.key] = entry.value }
    return result
  }
}

extension JinjaValue: ExpressibleByStringLiteral, ExpressibleByBooleanLiteral, ExpressibleByIntegerLiteral,
  ExpressibleByArrayLiteral, ExpressibleByDictionaryLiteral
{
  public init(stringLiteral value: String) { self = .string(value) }
  public init(booleanLiteral value: Bool) { self = .boolean(value) }
  public init(integerLiteral value: Int) { self = .integer(value) }
  public init(arrayLiteral elements: JinjaValue...) { self = .list(elements) }
  public init(dictionaryLiteral elements: (String, JinjaValue)...) {
    var dictionary = JinjaDictionary()
    for (key, value) in elements { dictionary[key] = value }
    self = .dictionary(dictionary)
  }
}
