/// Texts one behind the other, as far as ranges of bytes go.
public struct JoinedTexts: Sendable {
  public let texts: [TextCorpus]

  public init(_ texts: [TextCorpus]) { self.texts = texts }

  public var byteCount: Int { texts.reduce(0) { $0 + $1.byteCount } }

  /// What of each text lies in a range of the whole; texts of which nothing does are left out.
  /// - Throws: ``CorpusError/rangePastEnd``.
  public func parts(of range: ByteRange) throws -> [(number: Int, range: ByteRange)] {
    // Of one text, the range itself is what errors are about.
    if texts.count == 1 { return [(0, range)] }
    let upper = range.upperBound ?? byteCount
    guard range.lowerBound < byteCount, upper <= byteCount else {
      throw CorpusError.rangePastEnd(
        path: texts.map(\.path).joined(separator: ", "), range: range, byteCount: byteCount)
    }
    var start = 0
    return texts.indices.compactMap { number in
      defer { start += texts[number].byteCount }
      let lower = max(range.lowerBound, start) - start
      let end = min(upper, start + texts[number].byteCount) - start
      return lower < end ? (number, ByteRange(lower, end)) : nil
    }
  }
}
