import Datasets
import Foundation
import Testing
import TestSupport

@Suite struct ZipCorpusTests {
  let directory: TemporaryDirectory
  let text: [UInt8]

  init() throws {
    directory = try TemporaryDirectory()
    text = (0..<1_500_000).map { UInt8(truncatingIfNeeded: $0 &* $0 >> 7) }
  }

  private func open(_ builder: ZipBuilder) throws -> [UInt8] {
    let path = try directory.write(builder.build(), to: "corpus.zip")
    return try TextCorpus(contentsOf: path, force: true).contents
  }

  private func failure(_ bytes: [UInt8]) throws -> CorpusError? {
    let path = try directory.write(bytes, to: "corpus.zip")
    return #expect(throws: CorpusError.self) { try TextCorpus(contentsOf: path) }
  }

  private func failure(_ builder: ZipBuilder) throws -> CorpusError? { try failure(builder.build()) }

  @Test(arguments: [true, false], [true, false])
  func theOnlyFileIsUnpacked(deflated: Bool, zip64: Bool) throws {
    let entry = ZipBuilder.Entry(name: "folder/text", contents: text, deflated: deflated)
    #expect(try open(ZipBuilder(entries: [entry], zip64: zip64)) == text)
    let comment = Array("PK\u{5}\u{6} is how the end record starts, and it is in this comment too.".utf8)
    #expect(try open(ZipBuilder(entries: [entry], zip64: zip64, comment: comment)) == text)
  }

  @Test func foldersAndFinderMetadataDoNotCount() throws {
    let entries = [
      ZipBuilder.Entry(name: "folder/", contents: [], deflated: false),
      ZipBuilder.Entry(name: "folder/text", contents: text),
      ZipBuilder.Entry(name: "__MACOSX/folder/._text", contents: [1, 2, 3]),
    ]
    #expect(try open(ZipBuilder(entries: entries)) == text)
  }

  @Test func anyOtherNumberOfFilesIsRefused() throws {
    let path = directory.path("corpus.zip")
    let two = ["first.txt", "second.txt"].map { ZipBuilder.Entry(name: $0, contents: text) }
    let error = try failure(ZipBuilder(entries: two))
    #expect(error == .notOneEntry(path: path, entries: ["first.txt", "second.txt"]))
    #expect("\(error, default: "none")".contains("first.txt, second.txt"))
    #expect(try failure(ZipBuilder(entries: [])) == .notOneEntry(path: path, entries: []))
  }

  /// What it unpacks to beyond that is not even written.
  @Test(arguments: [true, false])
  func moreThanTheDeclaredSizeIsRefused(deflated: Bool) throws {
    let zeros = [UInt8](repeating: 0, count: 8 << 20)
    let entry = ZipBuilder.Entry(name: "text", contents: zeros, deflated: deflated, size: 100)
    guard case .corrupt(_, "zip", let reason) = try failure(ZipBuilder(entries: [entry])) else {
      Issue.record("it was unpacked")
      return
    }
    #expect(reason.contains("more than the 100 bytes"))
  }

  @Test func documentsAreNamed() throws {
    let kinds = [
      ("word/document.xml", "a Word document"), ("xl/workbook.xml", "an Excel workbook"),
      ("META-INF/container.xml", "an EPUB book"), ("archive/data.pkl", "a PyTorch file"), ("a.npy", "a NumPy archive"),
    ]
    for (name, kind) in kinds {
      let entries = [name, "b.npy"].map { ZipBuilder.Entry(name: $0, contents: [1, 2, 3]) }
      #expect("\(try failure(ZipBuilder(entries: entries)), default: "none")".contains("is \(kind)."))
    }
  }

  @Test(arguments: [true, false])
  func wrongChecksumIsRefused(deflated: Bool) throws {
    let entry = ZipBuilder.Entry(name: "text", contents: text, deflated: deflated, checksum: 0xBAD)
    #expect(
      try failure(ZipBuilder(entries: [entry]))
        == .wrongChecksum(
          path: directory.path("corpus.zip"), format: "zip", stored: 0xBAD, computed: Archives.checksum(text)))
  }

  @Test func wrongSizeIsRefused() throws {
    let entry = ZipBuilder.Entry(name: "text", contents: text, size: 17)
    guard case .corrupt = try failure(ZipBuilder(entries: [entry])) else {
      Issue.record("an entry of the wrong size was accepted")
      return
    }
  }

  @Test func encryptionAndOtherMethodsAreNamed() throws {
    let encrypted = ZipBuilder.Entry(name: "text", contents: text, flags: 1)
    #expect("\(try failure(ZipBuilder(entries: [encrypted])), default: "none")".contains("encrypted"))
    let lzma = ZipBuilder.Entry(name: "text", contents: text, method: 14)
    #expect("\(try failure(ZipBuilder(entries: [lzma])), default: "none")".contains("method 14"))
  }

  @Test func truncatedArchiveIsRefusedWhereverItEnds() throws {
    let whole = ZipBuilder(entries: [.init(name: "text", contents: Array(text[..<3_000]))]).build()
    for count in Array(4..<60) + Array(stride(from: 60, to: whole.count, by: 7)) {
      guard case .truncated = try failure(Array(whole[..<count])) else {
        Issue.record("accepted \(count) of \(whole.count) bytes")
        return
      }
    }
  }

  /// Whatever one byte is changed to: the right text or an error, never a trap or another text.
  @Test(arguments: [true, false])
  func damagedArchiveNeverGivesAnotherText(zip64: Bool) throws {
    let small = Array(text[..<200])
    let whole = ZipBuilder(entries: [.init(name: "text", contents: small)], zip64: zip64).build()
    for position in 4..<whole.count {
      for change: UInt8 in [0x01, 0x80, 0xFF] {
        var damaged = whole
        damaged[position] ^= change
        let path = try directory.write(damaged, to: "damaged.zip")
        do {
          #expect(try TextCorpus(contentsOf: path, force: true).contents == small, "byte \(position)")
        } catch is CorpusError {}
      }
    }
  }
}
