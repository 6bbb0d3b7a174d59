import Kernels

extension WordCounts {
  /// What a thread counts before it reports and takes the next block.
  private static let blockSize = 4 << 20

  /// Counts the words of `text` with the current threads; the counts do not depend on how many they are.
  /// - Parameter progress: gets the number of bytes counted so far, on the calling thread.
  init(of text: UnsafeRawBufferPointer, splitter: some WordSplitter, progress: (Int) -> Void) {
    let pool = ThreadPool.current
    var tables = (0..<pool.threadCount).map { _ in WordCounts() }
    var position = 0
    while position < text.count {
      let blocks = Self.blocks(of: text, from: position, atMost: pool.threadCount)
      tables.withUnsafeMutableBufferPointer { tables in
        pool.forEachPart(of: blocks.count) { part, range in
          for block in blocks[range] { tables[part].count(text, block, splitter) }
        }
      }
      position = blocks.last?.upperBound ?? text.count
      progress(position)
    }
    self = tables.removeFirst()
    for table in tables { add(table) }
  }

  private mutating func count(_ text: UnsafeRawBufferPointer, _ block: Range<Int>, _ splitter: some WordSplitter) {
    let block = UnsafeRawBufferPointer(rebasing: text[block])
    splitter.forEachWord(in: block) { add(UnsafeRawBufferPointer(rebasing: block[$0])) }
  }

  private static func blocks(
    of text: UnsafeRawBufferPointer, from start: Int, atMost count: Int
  ) -> [Range<Int>] {
    var blocks: [Range<Int>] = []
    var lower = start
    while blocks.count < count, lower < text.count {
      let upper = safeCut(in: text, from: lower + blockSize)
      blocks.append(lower..<upper)
      lower = upper
    }
    return blocks
  }

  /// The first place from `position` on where every text is cut between two words: before a space or line feed that
  /// follows a printable ASCII character. In text without such a place, its end.
  package static func safeCut(in text: UnsafeRawBufferPointer, from position: Int) -> Int {
    var position = position
    while position < text.count {
      let isSpace = text[position] == UInt8(ascii: " ") || text[position] == UInt8(ascii: "\n")
      if isSpace, (0x21...0x7E).contains(text[position - 1]) { return position }
      position += 1
    }
    return text.count
  }
}
