import Datasets
import FileFormats
import Foundation
import Kernels
import TestSupport
import Testing
import Tokenization

/// Texts as tokens that are not bytes: ids, byte counts, pieces, and what is kept on disk.
@Suite struct TokenCorpusTests {
  let directory: TemporaryDirectory
  let tokenizer = WordTokenizer([" the", " ship", "ship", " harbour", "ing", " of"])
  let text: String
  let corpus: TextCorpus
  let cache: TokenCache

  init() throws {
    directory = try TemporaryDirectory()
    let words = ["the", "ship", "sailing", "out", "of", "harbour", "naïve", "shipping", "x"]
    text = (0..<900).map { words[$0 * $0 % 31 % words.count] }.joined(separator: " ")
    corpus = try TextCorpus(contentsOf: directory.write(Array(text.utf8), to: "text"))
    cache = TokenCache(folder: directory.url.appendingPathComponent("cache/tokens"))
  }

  private func tokens(
    _ range: ByteRange = ByteRange(0, nil), tokenizer: WordTokenizer? = nil, pieceBytes: Int = 1 << 20,
    events: UnsafeMutablePointer<[TokenizationEvent]>? = nil
  ) throws -> TokenCorpus {
    let encoder = CorpusEncoder(tokenizer: tokenizer ?? self.tokenizer, pieceBytes: pieceBytes)
    return try TokenCorpus(corpus, range: range, encoder: encoder, cache: cache) { events?.pointee.append($0) }
  }

  /// How many times something was encoded, and the tokens.
  private func encodings(_ open: (UnsafeMutablePointer<[TokenizationEvent]>) throws -> TokenCorpus) throws
    -> (count: Int, ids: [Int32])
  {
    var events: [TokenizationEvent] = []
    let corpus = try open(&events)
    return (events.count, try Self.ids(corpus))
  }

  static func ids(_ corpus: TokenCorpus) throws -> [Int32] {
    let batch = try #require(
      EvaluationWindows(corpus, sequenceLength: corpus.count - 1, batchSize: 1).batches.first)
    return batch.inputs + [batch.targets[batch.targets.count - 1]]
  }

  private var files: [URL] {
    (try? FileManager.default.contentsOfDirectory(at: cache.folder, includingPropertiesForKeys: nil)) ?? []
  }

  @Test func tokensAreThoseOfTheTokenizer() throws {
    let corpus = try tokens()
    #expect(try Self.ids(corpus) == tokenizer.encode(text))
    #expect(corpus.count < text.utf8.count / 2)
    #expect(corpus.textRange == 0..<text.utf8.count)
    #expect(corpus.tokenByteCounts.sum(tokenizer.encode(text)) == text.utf8.count)
  }

  @Test func idsOfTwoAndOfFourBytesAreTheSame() throws {
    for gap in [0, 65536 - 256 - 7, 65536 - 256 - 6, 100_000] {
      let tokenizer = WordTokenizer([" the", " ship", "ship", " harbour", "ing", " of"], gap: gap)
      let before = files.count
      let corpus = try tokens(tokenizer: tokenizer)
      #expect(try Self.ids(corpus) == tokenizer.encode(text))
      #expect(files.count == before + 1)
      let width = tokenizer.vocabularySize > 65536 ? 4 : 2
      let sizes = try files.map { try $0.resourceValues(forKeys: [.fileSizeKey]).fileSize ?? 0 }
      #expect(sizes.contains((corpus.count * width + 7) / 8 * 8 + 72))
    }
  }

  @Test(arguments: [1, 2, 3, 7, 64, 1000], [1, 2, 3])
  func neitherPiecesNorThreadsChangeTheTokens(pieceBytes: Int, threads: Int) throws {
    var events: [TokenizationEvent] = []
    let corpus = try ThreadPool.$current.withValue(ThreadPool(threadCount: threads)) {
      try tokens(pieceBytes: pieceBytes, events: &events)
    }
    #expect(try Self.ids(corpus) == tokenizer.encode(text))
    #expect(events.count > (pieceBytes < 1000 ? text.utf8.count / 64 / 4 : 2))
    let last = TokenizationEvent.encoded(
      path: corpus.path, range: corpus.textRange, bytes: text.utf8.count, total: text.utf8.count, tokens: corpus.count)
    #expect(events.last == last)
  }

  @Test func aTextWithoutAPlaceToCutIsOnePiece() throws {
    let path = try directory.write(Array(String(repeating: "shipping", count: 100).utf8), to: "dense")
    var events = 0
    let corpus = try TokenCorpus(
      TextCorpus(contentsOf: path), range: ByteRange(0, nil),
      encoder: CorpusEncoder(tokenizer: tokenizer, pieceBytes: 10), cache: cache
    ) { _ in events += 1 }
    #expect(events == 1)
    #expect(corpus.count == 100 * 3)
  }

  /// The text before and behind a range has no influence on its tokens, even where a word is cut in two.
  @Test func aRangeIsEncodedFromItsOwnStart() throws {
    let bytes = Array(text.utf8)
    for range in [3..<50, 0..<7, 101..<102, 7..<bytes.count] {
      let corpus = try tokens(ByteRange(range.lowerBound, range.upperBound))
      #expect(corpus.textRange == range)
      #expect(corpus.count == tokenizer.encode(bytes: bytes[range]).count)
      if corpus.count > 1 { #expect(try Self.ids(corpus) == tokenizer.encode(bytes: bytes[range])) }
    }
  }

  @Test func bytesAreTheirOwnIdsWithoutAFile() throws {
    let corpus = try TokenCorpus(
      corpus, range: ByteRange(5, 90), tokenizer: ByteTokenizer(specialTokens: ["<s>"]), cache: cache)
    #expect(try Self.ids(corpus) == Array(text.utf8)[5..<90].map(Int32.init))
    #expect(files.isEmpty)
  }

  // MARK: - What is kept

  @Test func whatIsKeptIsNotEncodedAgain() throws {
    let first = try encodings { try tokens(events: $0) }
    let second = try encodings { try tokens(events: $0) }
    #expect(first.count > 0 && second.count == 0 && first.ids == second.ids)
    #expect(files.count == 1)
  }

  @Test func otherTokenizersRangesAndTextsHaveFilesOfTheirOwn() throws {
    _ = try tokens()
    let other = WordTokenizer([" the"])
    let ids = try Self.ids(tokens(tokenizer: other))
    #expect(ids == other.encode(text))
    _ = try tokens(ByteRange(0, 100))
    #expect(files.count == 3)
    let changed = try TextCorpus(contentsOf: directory.write(Array((text + "!").utf8), to: "text2"))
    _ = try TokenCorpus(
      changed, range: ByteRange(0, 100), encoder: CorpusEncoder(tokenizer: tokenizer), cache: cache
    ) { _ in }
    #expect(files.count == 4)
  }

  /// Any change of any byte, and any shorter file, is noticed, and the file made anew.
  @Test func damageIsNoticedAndMended() throws {
    let ids = try Self.ids(tokens(ByteRange(0, 200)))
    let url = try #require(files.first)
    let whole = try Data(contentsOf: url)
    var damaged: [Data] = (0..<whole.count).map { position in
      var copy = whole
      copy[position] ^= 0x11
      return copy
    }
    damaged += [0, 1, 71, 72, whole.count / 2, whole.count - 1].map { whole.prefix($0) }
    damaged += [whole + Data([0]), whole.prefix(whole.count - 72) + Data(count: 8) + whole.suffix(72)]
    for data in damaged {
      try data.write(to: url)
      let again = try encodings { try tokens(ByteRange(0, 200), events: $0) }
      #expect(again.count > 0 && again.ids == ids)
      #expect(try Data(contentsOf: url) == whole)
    }
  }

  /// A file whose checksum is right, with ids that no token has.
  @Test func idsOutsideTheVocabularyAreRefused() throws {
    let large = WordTokenizer([" the"], gap: 40_000)
    _ = try tokens(tokenizer: large)
    let url = try #require(files.first)
    let map = try MappedFile(url)
    let trailer = try TokenFileTrailer(endOf: map.bytes)
    let ids = UnsafeRawBufferPointer(rebasing: map.bytes[..<trailer.idByteCount])
    let forged = TokenFileTrailer(isWide: false, vocabularySize: 300, count: trailer.count, key: trailer.key)
    try (Data(ids) + Data(forged.bytes(RunningChecksum(of: ids)))).write(to: url)
    #expect(throws: TokenFile.Unusable(reason: "it has ids that are not in the vocabulary")) {
      try TokenFile(MappedFile(url), key: trailer.key, vocabularySize: 300)
    }
  }

  @Test func whereNothingCanBeKeptATemporaryFileServes() throws {
    // A file in the place of the folder: neither root nor anybody else can write below it.
    _ = try directory.write([1], to: "occupied")
    let cache = TokenCache(folder: directory.url.appendingPathComponent("occupied/tokens"))
    var notices: [TokenizationEvent] = []
    let corpus = try TokenCorpus(
      corpus, range: ByteRange(0, nil), encoder: CorpusEncoder(tokenizer: tokenizer), cache: cache
    ) { event in
      if case .notKept = event { notices.append(event) }
    }
    #expect(try Self.ids(corpus) == tokenizer.encode(text))
    #expect(notices.count == 1)
    #expect(notices.first?.description.contains("XDG_CACHE_HOME") == true)
  }

  @Test func aFullDiskIsSaid() throws {
    let cache = TokenCache(folder: directory.url)
    var (notices, calls) = ([TokenizationEvent](), 0)
    let file = try cache.file(
      key: Array(repeating: 7, count: 32), vocabularySize: 10, textPath: "t", notice: { notices.append($0) }
    ) { writer in
      calls += 1
      try writer.append([1, 2, 3])
      if calls == 1 { throw FileError.noSpace(path: "x", neededBytes: 5, freeBytes: 1) }
    }
    #expect(file.count == 3 && calls == 2)
    #expect(notices.count == 1 && notices[0].description.contains("the disk is full"))
    let left = try FileManager.default.contentsOfDirectory(atPath: directory.url.path)
    #expect(left.sorted() == ["text"])
  }
}
