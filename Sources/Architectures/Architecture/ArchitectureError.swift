/// Everything that is wrong with one config.json.
public struct ArchitectureError: Error, Equatable, Sendable, CustomStringConvertible {
  public let path: String
  public let problems: [String]

  public var description: String {
    let list = problems.map { "\n  - \($0)" }.joined()
    return "\(path): not the configuration of a model this program can run:\(list)"
  }
}
