/// Why a template cannot be read or rendered.
public struct JinjaError: Error, Equatable, Sendable, CustomStringConvertible {
  public enum Kind: String, Sendable {
    /// The text is not a template.
    case syntax
    /// The template called `raise_exception`; `message` is its own text.
    case raised
    /// Something was asked of a value that is not defined.
    case undefined
    /// A value of the wrong type, as Python's TypeError.
    case type
    /// A value of the right type that will not do, as Python's ValueError and others.
    case value
    /// Something that the sandbox forbids, such as changing a list.
    case security
    /// Part of the language that is not implemented.
    case unsupported
    /// More work, memory, output or nesting than allowed.
    case limit
  }

  public let kind: Kind
  /// What is wrong and, for other kinds than `raised`, what was expected.
  public let message: String
  /// Line of the template, counted from 1; 0 when it has no place in it.
  public internal(set) var line: Int

  init(_ kind: Kind, _ message: String, line: Int = 0) {
    self.kind = kind
    self.message = message
    self.line = line
  }

  public var description: String {
    let place = line > 0 ? "line \(line): " : ""
    return switch kind {
    case .raised: message.isEmpty ? place + "the template called raise_exception, without a message" : message
    case .limit, .unsupported, .syntax, .security, .undefined, .type, .value: place + message
    }
  }
}
