/// What is told while a text becomes a file of tokens.
public enum TokenizationEvent: Equatable, Sendable {
  /// - Parameters:
  ///   - bytes: of the range that are encoded.
  ///   - total: bytes of the range.
  ///   - tokens: what they became.
  case encoded(path: String, range: Range<Int>, bytes: Int, total: Int, tokens: Int)
  /// The tokens go into a temporary file, to be made anew by the next run.
  case notKept(path: String, folder: String, reason: String)
}

extension TokenizationEvent: CustomStringConvertible {
  public var description: String {
    switch self {
    case .encoded(let path, let range, let bytes, let total, let tokens):
      let share = bytes == total ? "all" : "\(Int(Double(bytes) / Double(total) * 100)) %"
      return "\(path), bytes \(range.lowerBound):\(range.upperBound): \(share) encoded, \(tokens) tokens"
    case .notKept(let path, let folder, let reason):
      return "warning: the tokens of \(path) cannot be kept in \(folder): \(reason)\n"
        + "  They go into a temporary file for this run alone; set XDG_CACHE_HOME to a folder with room."
    }
  }
}
