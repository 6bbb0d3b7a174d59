import Kernels
import Tokenization

/// Encodes a text of any size, piece by piece on the threads of the current pool.
///
/// Pieces end where the tokenizer says that a cut changes nothing, so the tokens are those of the whole text, whatever
/// the size of the pieces and the number of threads.
package struct CorpusEncoder {
  package let tokenizer: any Tokenizer
  /// About how many bytes a piece has; more where there is no place to cut.
  private let pieceBytes: Int

  private static let piecesPerThread = 4
  /// What a tokenizer may look at behind a place to cut: added tokens are shorter.
  private static let contextBytes = 1 << 16

  package init(tokenizer: any Tokenizer, pieceBytes: Int = 1 << 20) {
    require(pieceBytes > 0, "pieces of \(pieceBytes) bytes")
    self.tokenizer = tokenizer
    self.pieceBytes = pieceBytes
  }

  /// Encodes a range of a text, of which only the pieces of one round are in memory.
  /// - Parameter receive: gets the tokens in order, and the byte of the range up to which they reach.
  /// - Throws: as `TextCorpus.bytes(in:)`; what `receive` throws.
  func encode(_ text: TextCorpus, _ range: Range<Int>, receive: ([Int32], Int) throws -> Void) throws {
    let piecesPerRound = ThreadPool.current.threadCount * Self.piecesPerThread
    var windowBytes = piecesPerRound * pieceBytes + Self.contextBytes
    var start = range.lowerBound
    while start < range.upperBound {
      let end = min(range.upperBound, start + windowBytes)
      let window = try text.bytes(in: start..<end)
      let encoded = try window.withUnsafeBytes { bytes in
        let pieces = pieces(of: bytes, isEnd: end == range.upperBound, atMost: piecesPerRound)
        for (piece, tokens) in zip(pieces, encode(pieces, of: bytes)) {
          try receive(tokens, start - range.lowerBound + piece.upperBound)
        }
        return pieces.last?.upperBound ?? 0
      }
      // A window without a place to cut is too small.
      if encoded == 0 { windowBytes *= 2 }
      start += encoded
    }
  }

  private func pieces(of text: UnsafeRawBufferPointer, isEnd: Bool, atMost count: Int) -> [Range<Int>] {
    var pieces: [Range<Int>] = []
    var position = 0
    while position < text.count, pieces.count < count {
      let end = endOfPiece(startingAt: position, in: text)
      // What stands behind a cut decides about it, too.
      guard isEnd || end <= text.count - Self.contextBytes else { break }
      pieces.append(position..<end)
      position = end
    }
    return pieces
  }

  private func endOfPiece(startingAt start: Int, in text: UnsafeRawBufferPointer) -> Int {
    let rest = UnsafeRawBufferPointer(rebasing: text[start...])
    var size = pieceBytes
    while size < rest.count {
      let cut = tokenizer.safeCut(in: rest, near: size)
      require(cut >= 0 && cut <= rest.count, "a cut at byte \(cut) of \(rest.count)")
      if cut > 0 { return start + cut }
      size *= 2
    }
    return text.count
  }

  private func encode(_ pieces: [Range<Int>], of text: UnsafeRawBufferPointer) -> [[Int32]] {
    var results = [[Int32]](repeating: [], count: pieces.count)
    results.withUnsafeMutableBufferPointer { results in
      ThreadPool.current.forEachFreeRange(of: pieces.count) { range in
        for number in range {
          let piece = UnsafeRawBufferPointer(rebasing: text[pieces[number]])
          results[number] = tokenizer.encode(bytes: piece.assumingMemoryBound(to: UInt8.self))
        }
      }
    }
    return results
  }
}
