/// The rows that go through the layers at once: pieces of segments, one after the other.
struct BatchPart {
  struct Piece {
    let sequence: SequenceState
    let tokens: ArraySlice<Int32>
    /// Where its rows begin in the part.
    let row: Int
    let wantedRows: Range<Int>
  }

  private(set) var pieces: [Piece] = []
  private(set) var rowCount = 0

  /// The rows whose logits are wanted, in order.
  var wantedRows: [Int] { pieces.flatMap(\.wantedRows) }

  /// Cuts segments into parts of at most `rowCapacity` rows.
  static func parts(of segments: [ForwardPass.Segment], rowCapacity: Int) -> [BatchPart] {
    var parts: [BatchPart] = []
    var part = BatchPart()
    for segment in segments {
      var rest = segment.tokens
      while !rest.isEmpty {
        if part.rowCount == rowCapacity {
          parts.append(part)
          part = BatchPart()
        }
        let tokens = rest.prefix(rowCapacity - part.rowCount)
        rest = rest.dropFirst(tokens.count)
        part.append(tokens, of: segment, isLast: rest.isEmpty)
      }
    }
    if part.rowCount > 0 { parts.append(part) }
    return parts
  }

  private mutating func append(_ tokens: ArraySlice<Int32>, of segment: ForwardPass.Segment, isLast: Bool) {
    let rows = rowCount..<rowCount + tokens.count
    let wanted =
      switch segment.logits {
      case .none: rows.upperBound..<rows.upperBound
      case .last: isLast ? rows.upperBound - 1..<rows.upperBound : rows.upperBound..<rows.upperBound
      case .all: rows
      }
    pieces.append(Piece(sequence: segment.sequence, tokens: tokens, row: rowCount, wantedRows: wanted))
    rowCount = rows.upperBound
  }
}
