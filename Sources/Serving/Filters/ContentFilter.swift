/// Decides which texts a service takes and gives: prompts before they are answered, answers on their way out.
///
/// A filter of words is weak: other spellings, other languages and other ways to say a thing pass it. It is no judge of what a
/// text means.
public protocol ContentFilter: Sendable {
  /// No finding has more characters (Unicode scalars) than this, and so many are held back while an answer is being written.
  var longestFinding: Int { get }

  /// The first finding that begins at `start` or later, before `end`.
  /// - Parameters:
  ///   - text: as much as there is yet; where `end` is not its end, at least ``longestFinding`` characters are behind it.
  func firstFinding(in text: [Unicode.Scalar], from start: Int, before end: Int) -> ContentFinding?
}

/// A part of a text that a filter does not let pass.
public struct ContentFinding: Equatable, Sendable {
  /// Not empty.
  public let range: Range<Int>
  public let action: ContentAction

  public init(_ range: Range<Int>, _ action: ContentAction) { (self.range, self.action) = (range, action) }
}

public enum ContentAction: Equatable, Sendable {
  /// The prompt is not answered; an answer ends before it.
  case refuse
  /// Something else stands there.
  case replace(with: String)
}

/// What becomes of a whole text.
public enum ContentVerdict: Equatable, Sendable {
  case allowed
  case replaced(String)
  /// - Parameter before: what stands in front of the first finding that is refused.
  case refused(before: String)
}

extension ContentFilter {
  /// - Returns: what becomes of a text that is there as a whole.
  public func verdict(on text: String) -> ContentVerdict {
    var filtered = FilteredText(self)
    let passed = filtered.append(text) + filtered.finish()
    if filtered.isRefused { return .refused(before: passed) }
    return passed == text ? .allowed : .replaced(passed)
  }
}
