import FileFormats

/// Everything that is wrong with one config.json.
public struct ArchitectureError: Error, Equatable, Sendable, CustomStringConvertible {
  public let path: String
  public let problems: [String]

  public var description: String {
    "\(path): not the configuration of a model this program can run:" + ProblemList.lines(problems)
  }
}
