/// Turns pieces of text into tokens, with the memory that this takes. One thread at a time uses it.
final class PieceEncoder {
  /// Longer pieces are merged with a heap: to look for the best pair each time takes the square of the length.
  private static let shortLimit = 48

  private let model: BytePairModel
  private var cache = WordCache()
  private var merger = PairMerger()
  var output = TokenBuffer()

  init(_ model: BytePairModel) { self.model = model }

  /// Appends the tokens of the piece of `text` that `range` bounds.
  @inline(__always)
  func encode(_ text: TextBytes, _ range: Range<Int>, _ pairs: PairTable.Reader) {
    let piece = text.bytes + range.lowerBound
    guard range.count <= WordCache.pieceLimit else {
      return encodeUncached(UnsafeBufferPointer(start: piece, count: range.count), pairs)
    }
    let key = WordCache.Key(piece, count: range.count, readable: text.count - range.lowerBound)
    output.reserve(WordCache.tokenLimit)
    let found = cache.find(key, into: output.end)
    if found > 0 { return output.advance(found) }
    let first = output.count
    encodeUncached(UnsafeBufferPointer(start: piece, count: range.count), pairs)
    cache.store(key, UnsafeBufferPointer(start: output.tokens + first, count: output.count - first))
  }

  @inline(never)
  private func encodeUncached(_ piece: UnsafeBufferPointer<UInt8>, _ pairs: PairTable.Reader) {
    if model.takesWholePieces, let id = model.lookup.id(of: piece) { return output.append(Int32(id)) }
    merger.reserve(piece.count)
    switch model.units {
    case .bytes:
      guard loadBytes(piece) else { return }
    case .characters: loadCharacters(piece)
    }
    merger.merge(pairs, withHeap: merger.count > Self.shortLimit)
    emit(piece)
  }

  /// - Returns: false if the piece had bytes without a token, and was encoded in another way.
  private func loadBytes(_ piece: UnsafeBufferPointer<UInt8>) -> Bool {
    for byte in piece {
      let symbol = model.byteTokens[Int(byte)]
      guard symbol != BytePairModel.noSymbol else {
        encodeRepaired(piece)
        return false
      }
      merger.append(symbol)
    }
    return true
  }

  /// The vocabulary lacks bytes: those that UTF-8 does not have become U+FFFD, as in programs that take only valid text,
  /// and others have no token, as in all programs.
  private func encodeRepaired(_ piece: UnsafeBufferPointer<UInt8>) {
    let replacement: [UInt8] = [0xEF, 0xBF, 0xBD].filter { model.byteTokens[Int($0)] != BytePairModel.noSymbol }
    let repaired = piece.flatMap { byte -> [UInt8] in
      if model.byteTokens[Int(byte)] != BytePairModel.noSymbol { return [byte] }
      return byte == 0xC0 || byte == 0xC1 || byte >= 0xF5 ? replacement : []
    }
    merger.removeAll()
    guard !repaired.isEmpty else { return }
    repaired.withUnsafeBufferPointer { piece in model.pairs.withReader { encodeUncached(piece, $0) } }
  }

  private func loadCharacters(_ piece: UnsafeBufferPointer<UInt8>) {
    let text = TextBytes(piece)
    var position = 0
    var length = 1
    model.characters.withReader { characters in
      while position < text.count {
        let scalar = text.scalar(at: position, length: &length)
        let found = characters.merge(scalar, 0)
        merger.append(
          found.rank == PairTable.noRank ? BytePairModel.unknown | UInt32(truncatingIfNeeded: position) : found.result)
        position += length
      }
    }
  }

  private func emit(_ piece: UnsafeBufferPointer<UInt8>) {
    output.reserve(merger.count)
    let limit = UInt32(model.tokens.count)
    merger.forEachSymbol { symbol in
      if symbol < limit { return output.append(Int32(symbol)) }
      if symbol & BytePairModel.unknown == 0 {
        let scalar = Unicode.Scalar(model.looseCharacters[Int(symbol - limit)])
        for byte in scalar.flatMap(UTF8.encode) ?? .init() { output.append(Int32(model.byteTokens[Int(byte)])) }
        return
      }
      let start = Int(symbol & ~BytePairModel.unknown)
      var length = 1
      _ = TextBytes(piece).scalar(at: start, length: &length)
      for byte in piece[start..<start + length] { output.append(Int32(model.byteTokens[Int(byte)])) }
    }
    merger.removeAll()
  }
}
