/// Why an adapter cannot be used; all of its problems at once.
public struct AdapterError: Error, Equatable, Sendable, CustomStringConvertible {
  public let path: String
  public let problems: [String]

  public var description: String {
    problems.count == 1
      ? "\(path): \(problems[0])." : "\(path): cannot be used as an adapter:" + problems.map { "\n  - \($0)" }.joined()
  }
}
