import FileFormats

/// A look at the beginning, the end and places between of what is to be learnt as text: whether it is text.
struct TextInspection {
  /// What is wrong; nil for a text.
  let objection: CorpusError?

  /// Texts of up to this size are looked at as a whole.
  private static let wholeBytes = 1 << 20
  private static let sampleBytes = 1 << 14
  private static let sampleCount = 48
  /// Shares above which bytes are no accident of a few.
  private static let invalidShare = 0.01
  private static let controlShare = 0.05
  private static let nulShare = 0.01
  private static let fewBytes = 10

  /// - Throws: `CorpusError` when it cannot be read.
  init(of text: TextCorpus) throws {
    let isSmall = text.byteCount <= Self.wholeBytes
    let beginning = try text.bytes(in: 0..<min(text.byteCount, isSmall ? Self.wholeBytes : 1 << 16))
    if let kind = FileKind.of(beginning) {
      objection = .notText(path: text.path, found: kind.name, advice: FileKind.advice(kind.advice, path: text.path))
      return
    }
    var census = ByteCensus()
    census.add(beginning, at: 0, isEnd: beginning.count == text.byteCount)
    if !isSmall {
      let last = text.byteCount - Self.sampleBytes
      for number in 1...Self.sampleCount {
        // In units of characters of four bytes, so that those of UTF-16 and UTF-32 keep their places.
        let start = last / Self.sampleCount * number / 4 * 4
        let end = number == Self.sampleCount ? text.byteCount : start + Self.sampleBytes
        census.add(try text.bytes(in: start..<end), at: start, isEnd: end == text.byteCount)
      }
    }
    objection =
      Self.encoding(beginning, census, path: text.path) ?? Self.binary(census, path: text.path)
      ?? RowsInText.objection(beginning, isWhole: beginning.count == text.byteCount, path: text.path)
  }

  private static func objection(_ path: String, _ found: String, _ advice: String) -> CorpusError {
    .notText(path: path, found: found, advice: FileKind.advice(advice, path: path))
  }

  // MARK: Encodings

  private static func encoding(_ beginning: [UInt8], _ census: ByteCensus, path: String) -> CorpusError? {
    let name: String? =
      if beginning.starts(with: [0xFF, 0xFE, 0, 0]) || beginning.starts(with: [0, 0, 0xFE, 0xFF]) {
        "UTF-32"
      } else if beginning.starts(with: [0xFF, 0xFE]) || beginning.starts(with: [0xFE, 0xFF]) {
        "UTF-16"
      } else {
        census.wideEncoding
      }
    return name.map { name in
      objection(
        path, "text in \(name), of which models of bytes learn mostly zeros",
        "convert it: iconv -f \(name) -t UTF-8 FILE > text.txt")
    }
  }

  // MARK: Bytes

  private static func binary(_ census: ByteCensus, path: String) -> CorpusError? {
    func isMany(_ tally: ByteCensus.Tally, _ share: Double) -> Bool {
      tally.count >= fewBytes && Double(tally.count) > share * Double(census.byteCount)
    }
    func found(_ tally: ByteCensus.Tally, _ what: String) -> String {
      let share = Double(tally.count) * 100 / Double(max(1, census.byteCount))
      let percent = Double((share * 10).rounded()) / 10
      return
        "data of which \(percent) % of the bytes looked at are \(what) (one is byte \(tally.first ?? 0), counted from 0)"
    }
    if isMany(census.nul, nulShare) {
      return objection(path, found(census.nul, "zeros"), "name a text, or convert what this is into one")
    }
    if isMany(census.control, controlShare) {
      return objection(
        path, found(census.control, "control characters"), "name a text, or convert what this is into one")
    }
    guard isMany(census.invalid, invalidShare) else { return nil }
    // In the encodings of Western Europe, such bytes stand alone among ASCII letters.
    let isWestern = census.loneBytes * 10 > census.invalid.count * 8
    return objection(
      path, found(census.invalid, "no valid UTF-8"),
      isWestern
        ? "it looks like Latin-1 or Windows-1252; convert it: iconv -f WINDOWS-1252 -t UTF-8 FILE > text.txt"
        : "if it is text in another encoding, such as GB18030 or SHIFT_JIS (iconv -l names all), convert it: "
          + "iconv -f GB18030 -t UTF-8 FILE > text.txt")
  }
}
