import Kernels
import Tokenization

/// Encodes a text of any size, piece by piece on the threads of the current pool.
///
/// Pieces end where the tokenizer says that a cut changes nothing, so the tokens are those of the whole text, whatever
/// the size of the pieces and the number of threads. Only the pieces of one round are in memory.
package struct CorpusEncoder {
  package let tokenizer: any Tokenizer
  /// About how many bytes a piece has; more where there is no place to cut.
  private let pieceBytes: Int

  private static let piecesPerThread = 4

  package init(tokenizer: any Tokenizer, pieceBytes: Int = 1 << 20) {
    require(pieceBytes > 0, "pieces of \(pieceBytes) bytes")
    self.tokenizer = tokenizer
    self.pieceBytes = pieceBytes
  }

  /// - Parameter receive: gets the tokens in order, and the byte of the text up to which they reach.
  func encode(_ text: UnsafeRawBufferPointer, receive: ([Int32], Int) throws -> Void) rethrows {
    let piecesPerRound = ThreadPool.current.threadCount * Self.piecesPerThread
    var position = 0
    while position < text.count {
      var pieces: [Range<Int>] = []
      while position < text.count, pieces.count < piecesPerRound {
        let end = endOfPiece(startingAt: position, in: text)
        pieces.append(position..<end)
        position = end
      }
      for (piece, tokens) in zip(pieces, encode(pieces, of: text)) { try receive(tokens, piece.upperBound) }
    }
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
