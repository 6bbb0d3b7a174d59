import Kernels

/// Learns a vocabulary of byte-level BPE from text.
///
/// Words are counted in parallel; then the most frequent pair of neighbouring tokens becomes a token until the vocabulary
/// is full. The result depends on the text and these settings alone, not on the number of threads.
public struct VocabularyTrainer: Sendable {
  /// How far the training is.
  public enum Progress: Equatable, Sendable {
    case counting(bytes: Int, of: Int)
    case merging(tokens: Int, of: Int)
  }

  /// Of the whole vocabulary: bytes, merged tokens and special tokens.
  public let vocabularySize: Int
  /// Texts in the order of their ids, which are the last.
  public let specialTokens: [String]
  /// The text of the special token that ends a text.
  public let endOfSequence: String?
  /// Pairs that occur less often are not merged.
  public let minimumFrequency: Int

  /// What tokenizers of this package hold.
  private static let maximumSize = 1 << 24 - 1

  /// - Parameters:
  ///   - endOfSequence: nil: `<|endoftext|>` if it is among the special tokens.
  ///   - minimumFrequency: at least 1.
  /// - Throws: `VocabularyTrainingError` for an impossible size, `TokenizerError.invalidSpecialToken`.
  public init(
    vocabularySize: Int, specialTokens: [String] = [ByteTokenizer.defaultEndOfSequenceText],
    endOfSequence: String? = nil, minimumFrequency: Int = 2
  ) throws {
    require(minimumFrequency >= 1, "a minimum frequency of \(minimumFrequency)")
    let bytes = try ByteTokenizer(specialTokens: specialTokens, endOfSequence: endOfSequence)
    guard vocabularySize >= bytes.vocabularySize else {
      throw VocabularyTrainingError.vocabularyTooSmall(
        asked: vocabularySize, minimum: bytes.vocabularySize, specialTokens: specialTokens.count)
    }
    guard vocabularySize <= Self.maximumSize else {
      throw VocabularyTrainingError.vocabularyTooLarge(asked: vocabularySize, maximum: Self.maximumSize)
    }
    self.vocabularySize = vocabularySize
    self.specialTokens = specialTokens
    let usual = bytes.specialTokens.first { $0.id == bytes.endOfSequenceTokenID }
    self.endOfSequence = endOfSequence ?? usual?.text
    self.minimumFrequency = minimumFrequency
  }

  /// Learns from `text`, which may be any bytes, with the current threads. Special tokens that occur in it are text.
  ///
  /// The vocabulary is smaller than asked for when no pair is frequent enough any more.
  /// - Parameter progress: called on this thread, after every block of text and every merge.
  /// - Throws: `VocabularyTrainingError`.
  public func train(
    on text: UnsafeRawBufferPointer, progress: (Progress) -> Void = { _ in }
  ) throws -> TrainedVocabulary {
    try train(on: text, splitter: GPT2WordSplitter(), progress: progress)
  }

  /// Learns from a text that is read in parts, so that it need not fit into memory; else as ``train(on:progress:)``.
  /// - Parameter read: gives a range of the text.
  /// - Throws: `VocabularyTrainingError`; what `read` throws.
  public func train(
    byteCount: Int, progress: (Progress) -> Void = { _ in }, reading read: (Range<Int>) throws -> [UInt8]
  ) throws -> TrainedVocabulary {
    try train(byteCount: byteCount, partBytes: WordCounts.partBytes, progress: progress, reading: read)
  }

  /// - Parameter partBytes: read at once, unless there is no place to cut in them.
  package func train(
    byteCount: Int, partBytes: Int, progress: (Progress) -> Void = { _ in },
    reading read: (Range<Int>) throws -> [UInt8]
  ) throws -> TrainedVocabulary {
    guard byteCount > 0 else { throw VocabularyTrainingError.emptyText }
    let counts = try WordCounts(
      byteCount: byteCount, partBytes: partBytes, splitter: GPT2WordSplitter(),
      progress: { progress(.counting(bytes: $0, of: byteCount)) }, reading: read)
    return vocabulary(of: try SegmentedWords(counts, idOfByte: Self.idOfByte), progress: progress)
  }

  package func train(
    on text: UnsafeRawBufferPointer, splitter: some WordSplitter, progress: (Progress) -> Void = { _ in }
  ) throws -> TrainedVocabulary {
    guard !text.isEmpty else { throw VocabularyTrainingError.emptyText }
    let counts = WordCounts(of: text, splitter: splitter) { progress(.counting(bytes: $0, of: text.count)) }
    let words = try SegmentedWords(counts, idOfByte: Self.idOfByte)
    return vocabulary(of: words, progress: progress)
  }

  private func vocabulary(of words: SegmentedWords, progress: (Progress) -> Void) -> TrainedVocabulary {
    var vocabulary = TrainedVocabulary()
    var merging = PairMerging(words, minimumFrequency: minimumFrequency)
    let reserved = Self.spelledLikeTokens(specialTokens)
    let wanted = vocabularySize - specialTokens.count
    while vocabulary.tokens.count < wanted, let pair = merging.takeMostFrequent() {
      // In a file, its spelling would stand for two tokens.
      if reserved.contains(vocabulary.bytes(of: pair)) { continue }
      merging.merge(pair)
      vocabulary.append(pair)
      progress(.merging(tokens: vocabulary.size + specialTokens.count, of: vocabularySize))
    }
    vocabulary.specialTokens = zip(specialTokens, vocabulary.tokens.count...).map {
      SpecialToken(text: $0, id: Int32($1))
    }
    vocabulary.endOfSequenceTokenID = vocabulary.specialTokens.first { $0.text == endOfSequence }?.id
    return vocabulary
  }

  /// The bytes whose spelling in a vocabulary file is the text of a special token.
  private static func spelledLikeTokens(_ texts: [String]) -> Set<[UInt8]> {
    Set(
      texts.compactMap { text in
        let bytes = text.unicodeScalars.map { ByteCharacters.byte(of: $0) }
        return bytes.contains(nil) ? nil : bytes.compactMap(\.self)
      })
  }

  private static let idOfByte: [UInt32] = {
    var ids = [UInt32](repeating: 0, count: 256)
    for (id, byte) in TrainedVocabulary.byteOrder.enumerated() { ids[Int(byte)] = UInt32(id) }
    return ids
  }()
}
