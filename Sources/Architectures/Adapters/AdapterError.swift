import FileFormats

/// Why an adapter cannot be used; all of its problems at once.
public struct AdapterError: Error, Equatable, Sendable, CustomStringConvertible {
  public let path: String
  public let problems: [String]

  public var description: String {
    problems.count == 1
      ? "\(path): \(problems[0].printable(limit: 1000))."
      : "\(path): cannot be used as an adapter:" + ProblemList.lines(problems)
  }
}
