/// The distinct words cut into tokens, in one row of cells: a cell per byte, and one between words.
///
/// The first and the last cell of a token hold its id and all other cells `none`, so that a token finds its neighbours on
/// both sides from where it starts and how long it is.
struct SegmentedWords {
  static let none = UInt32.max
  /// Positions have 32 bits.
  static let maximumCellCount = Int(UInt32.max)

  private(set) var cells: [UInt32]
  /// The number of the word to which each cell belongs.
  private let words: [UInt32]
  private let counts: [Int]

  /// Cuts words into single bytes.
  /// - Parameter idOfByte: indexed by byte.
  init(_ words: WordCounts, idOfByte: [UInt32]) throws {
    // A word of one byte has no pair.
    let kept = words.words.filter { $0.length > 1 }
    let cellCount = kept.reduce(1) { $0 + $1.length + 1 }
    guard cellCount <= Self.maximumCellCount else {
      throw VocabularyTrainingError.tooManyDistinctWords(
        bytes: words.distinctByteCount, maximum: Self.maximumCellCount - words.words.count - 1)
    }
    var cells: [UInt32] = [Self.none]
    var numbers: [UInt32] = [0]
    cells.reserveCapacity(cellCount)
    numbers.reserveCapacity(cellCount)
    for (number, word) in kept.enumerated() {
      for byte in words.bytes(of: word) { cells.append(idOfByte[Int(byte)]) }
      cells.append(Self.none)
      numbers.append(contentsOf: repeatElement(UInt32(number), count: word.length + 1))
    }
    self.cells = cells
    self.words = numbers
    counts = kept.map(\.count)
  }

  /// How often the word at `position` occurs in the text.
  func count(at position: Int) -> Int { counts[Int(words[position])] }

  /// Makes one token of two neighbours.
  mutating func join(from start: Int, _ middle: Int, to end: Int, id: UInt32) {
    cells[middle - 1] = Self.none
    cells[middle] = Self.none
    cells[start] = id
    cells[end - 1] = id
  }
}
