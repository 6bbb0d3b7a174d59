/// A half-open range of bytes of a corpus; an open end means the end of the file.
public struct ByteRange: Equatable, Sendable, CustomStringConvertible {
  public var lowerBound: Int
  public var upperBound: Int?

  public init(_ lowerBound: Int, _ upperBound: Int?) {
    self.lowerBound = lowerBound
    self.upperBound = upperBound
  }

  /// Reads `a:b`, `a:`, `:b` or `:`; nil when `text` is none of these, or when a < 0 or b ≤ a.
  public init?(_ text: String) {
    let parts = text.split(separator: ":", omittingEmptySubsequences: false)
    guard parts.count == 2 else { return nil }
    guard let lower = parts[0].isEmpty ? 0 : Int(parts[0]), lower >= 0 else { return nil }
    if parts[1].isEmpty {
      self.init(lower, nil)
    } else {
      guard let upper = Int(parts[1]), upper > lower else { return nil }
      self.init(lower, upper)
    }
  }

  public var description: String { "\(lowerBound):\(upperBound.map(String.init) ?? "")" }
}

/// The text to pretrain on: where it lies and which bytes of it are used for what.
public struct CorpusConfiguration: Equatable, Sendable {
  public enum WindowOrder: String, CaseIterable, Sendable {
    /// Windows start at uniformly random bytes, drawn by a counter-based generator.
    case random
    /// Windows follow each other and start over at the end of the range.
    case sequential
  }

  /// Plain, .gz or .zip files; ranges count their bytes one behind the other.
  public var sources: [DataSource]
  public var train: ByteRange
  /// nil: no evaluation.
  public var validation: ByteRange?
  public var order: WindowOrder
  /// Takes what does not look like text as well.
  public var isForced: Bool

  public init(
    path: String, train: ByteRange = ByteRange(0, nil), validation: ByteRange? = nil,
    order: WindowOrder = .random, isForced: Bool = false
  ) {
    sources = [DataSource(path: path)]
    self.train = train
    self.validation = validation
    self.order = order
    self.isForced = isForced
  }

  /// Of the first file.
  public var path: String {
    get { sources.first?.path ?? "" }
    set { sources = [DataSource(path: newValue)] }
  }
}
