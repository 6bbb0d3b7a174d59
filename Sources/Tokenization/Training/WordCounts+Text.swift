import Kernels

extension WordCounts {
  /// What a thread counts before it reports and takes the next block.
  private static let blockSize = 4 << 20

  /// What is read at once of a text that is not in memory.
  static let partBytes = 32 << 20

  /// Counts the words of a text that is read in parts; the counts are those of the whole.
  init(
    byteCount: Int, partBytes: Int, splitter: some WordSplitter, progress: (Int) -> Void,
    reading read: (Range<Int>) throws -> [UInt8]
  ) rethrows {
    self.init()
    var (start, wanted) = (0, partBytes)
    while start < byteCount {
      let end = min(byteCount, start + wanted)
      let part = try read(start..<end)
      let counted = part.withUnsafeBytes { bytes in
        let cut = end == byteCount ? bytes.count : Self.lastSafeCut(in: bytes)
        if cut > 0 {
          let words = WordCounts(of: UnsafeRawBufferPointer(rebasing: bytes[..<cut]), splitter: splitter) {
            progress(start + $0)
          }
          add(words)
        }
        return cut
      }
      start += counted
      wanted = counted == 0 ? 2 * wanted : partBytes
    }
  }

  /// The last place where every text is cut between two words; 0 where there is none.
  private static func lastSafeCut(in text: UnsafeRawBufferPointer) -> Int {
    (1..<max(1, text.count)).last { isSafeCut(in: text, $0) } ?? 0
  }

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
      if isSafeCut(in: text, position) { return position }
      position += 1
    }
    return text.count
  }

  private static func isSafeCut(in text: UnsafeRawBufferPointer, _ position: Int) -> Bool {
    let isSpace = text[position] == UInt8(ascii: " ") || text[position] == UInt8(ascii: "\n")
    return isSpace && (0x21...0x7E).contains(text[position - 1])
  }
}
