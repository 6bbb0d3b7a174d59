/// A file to learn from, and how often it counts.
public struct DataSource: Equatable, Sendable {
  public var path: String
  /// 2: as if everything in it were there twice; 0.5: as if half of it were missing.
  public var weight: Double

  public init(path: String, weight: Double = 1) {
    (self.path, self.weight) = (path, weight)
  }
}

extension [DataSource] {
  /// All paths, for those who read what a run is about.
  public var spokenPaths: String { map(\.path).joined(separator: ", ") }

  /// What identifies files that are used together, from the digests of their contents; of one file its digest.
  package func fingerprint(_ digests: [String]) -> String {
    guard count > 1 || contains(where: { $0.weight != 1 }) else { return digests.joined() }
    return zip(self, digests).map { "\($1) × \($0.weight)" }.joined(separator: ", ")
  }
}
