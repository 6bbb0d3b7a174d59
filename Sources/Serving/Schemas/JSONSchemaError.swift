/// Why a schema cannot be followed.
public struct JSONSchemaError: Error, Equatable, Sendable, CustomStringConvertible {
  public enum Reason: Equatable, Sendable {
    /// A keyword that is not followed may not be ignored: the answer would not be what it promises.
    case unsupported(String)
    case invalid(String)
  }

  /// Where, from the schema on: `.properties.name.type`; empty for the schema itself.
  public let path: String
  public let reason: Reason

  public var description: String {
    let place = path.isEmpty ? "the schema" : "the schema's \(path)"
    return switch reason {
    case .unsupported(let why): "\(place) is not supported: \(why)."
    case .invalid(let why): "\(place) \(why)."
    }
  }
}
