import FileFormats
import Synchronization
import Templates

/// A request's JSON, and for what is written for a model, where order matters, with the members of objects in their order.
package struct JSONDocument: Sendable {
  package let value: JSONValue
  private let source: Source
  /// Of a part, where it lies.
  private var path: [Step] = []

  private enum Step {
    case key(String)
    case index(Int)
  }

  /// Parts share what is read when it is needed first.
  private final class Source: Sendable {
    private let bytes: [UInt8]
    private let read = Mutex<JinjaValue?>(nil)

    init(_ bytes: [UInt8]) { self.bytes = bytes }

    func value() throws -> JinjaValue {
      try read.withLock { read in
        let value = try read ?? JinjaValue(json: String(decoding: bytes, as: UTF8.self))
        read = value
        return value
      }
    }
  }

  /// - Throws: `JSONSyntaxError`.
  package init(_ bytes: [UInt8]) throws {
    value = try bytes.withUnsafeBytes { try JSONParser.parse($0) }
    source = Source(bytes)
  }

  package init(_ text: String) throws { try self.init(Array(text.utf8)) }

  private init(_ value: JSONValue, _ source: Source, _ path: [Step]) {
    (self.value, self.source, self.path) = (value, source, path)
  }

  /// Of an object; nil where there is none.
  subscript(key: String) -> JSONDocument? { value[key].map { JSONDocument($0, source, path + [.key(key)]) } }

  /// The elements of an array; nil for anything else.
  var elements: [JSONDocument]? {
    value.arrayValue?.enumerated().map { JSONDocument($1, source, path + [.index($0)]) }
  }

  /// The same with other texts.
  func replacing(with value: JSONValue) -> JSONDocument { JSONDocument(value, source, path) }

  /// The same with members in order.
  /// - Throws: `APIError` for a number beyond 64 bits.
  func inOrder() throws -> JinjaValue {
    do {
      let read = path.reduce(try source.value()) { value, step in
        switch (value, step) {
        case (.dictionary(let members), .key(let key)): members[key] ?? .none
        case (.list(let elements), .index(let index)): elements[index]
        default: .none
        }
      }
      return Self.texts(of: value, in: read)
    } catch let error as JinjaError {
      throw APIError.invalid("the body cannot be read: \(error)", code: "invalid_json")
    }
  }

  private static func texts(of value: JSONValue, in read: JinjaValue) -> JinjaValue {
    switch (value, read) {
    case (.string(let text), _): .string(text)
    case (.array(let elements), .list(let list)): .list(zip(elements, list).map { texts(of: $0, in: $1) })
    case (.object(let members), .dictionary(let order)):
      .dictionary(
        order.entries.reduce(into: JinjaDictionary()) { result, entry in
          result[entry.key] = members[entry.key].map { texts(of: $0, in: entry.value) } ?? entry.value
        })
    default: read
    }
  }
}
