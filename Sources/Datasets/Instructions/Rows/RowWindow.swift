/// A part of a text that is in memory: it moves forward with what is read, and grows for what does not fit.
struct RowWindow {
  private let text: TextCorpus
  private let blockBytes: Int
  private(set) var bytes: [UInt8] = []
  /// Where it begins in the text.
  private(set) var start = 0

  init(_ text: TextCorpus, blockBytes: Int) {
    (self.text, self.blockBytes) = (text, blockBytes)
  }

  var end: Int { start + bytes.count }
  var reachesEnd: Bool { end == text.byteCount }

  /// The byte at a place of the text; nil behind its end.
  /// - Throws: `CorpusError` when the text can no longer be read, as all that moves the window.
  mutating func byte(at place: Int) throws -> UInt8? {
    guard place < text.byteCount else { return nil }
    if place < start || place >= end { try move(to: place, count: blockBytes) }
    return bytes[place - start]
  }

  /// Lets the window begin at a place, with at least so many bytes unless the text ends before.
  mutating func move(to place: Int, count: Int) throws {
    let wanted = min(count, text.byteCount - place)
    guard place < start || place > end || end - place < wanted else {
      // Rows of a window are read where they lie; only the last one moves it.
      return
    }
    if place >= start, place <= end {
      bytes.removeFirst(place - start)
    } else {
      bytes.removeAll(keepingCapacity: true)
    }
    start = place
    bytes += try text.bytes(in: end..<place + wanted)
  }
}
