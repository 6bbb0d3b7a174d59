import Datasets
import Foundation
import Testing
import TestSupport

@Suite struct TextCorpusTests {
  let directory: TemporaryDirectory
  /// Larger than the blocks in which data is unpacked, and hard to compress.
  let text: [UInt8]

  init() throws {
    directory = try TemporaryDirectory()
    var state: UInt32 = 1
    text = (0..<2_500_000).map { _ in
      state = state &* 1_664_525 &+ 1_013_904_223
      return UInt8(state >> 26)
    }
  }

  private func contents(_ path: String) throws -> [UInt8] {
    try TextCorpus(contentsOf: path, force: true).contents
  }

  private func failure(_ path: String) -> CorpusError? {
    #expect(throws: CorpusError.self) { try TextCorpus(contentsOf: path) }
  }

  @Test func plainFileIsReadAsItIs() throws {
    let corpus = try TextCorpus(contentsOf: directory.write(text, to: "text"), force: true)
    #expect(corpus.byteCount == text.count)
    #expect(try corpus.contents == text)
    #expect(try corpus.bytes(in: 1_000..<1_010) == Array(text[1_000..<1_010]))
  }

  @Test func gzipIsUnpackedWhateverItsName() throws {
    #expect(try contents(directory.write(Archives.gzip(text), to: "text.txt")) == text)
  }

  @Test func gzipMembersFollowEachOther() throws {
    let members = Archives.gzip(Array(text[..<70_000])) + Archives.gzip([]) + Archives.gzip(Array(text[70_000...]))
    #expect(try contents(directory.write(members, to: "a.gz")) == text)
    #expect(try contents(directory.write(members + [0, 0, 0], to: "b.gz")) == text)
    guard case .corrupt = failure(try directory.write(members + [7, 0, 0], to: "c.gz")) else {
      Issue.record("bytes after the last member were ignored")
      return
    }
  }

  @Test func truncatedGzipIsRefusedWhereverItEnds() throws {
    let small = Array(text[..<3_000])
    let whole = Archives.gzip(small)
    for count in Array(2..<40) + Array(stride(from: 40, to: whole.count, by: 97)) + [whole.count - 1] {
      let path = try directory.write(Array(whole[..<count]), to: "cut.gz")
      guard case .truncated(path, "gzip", let unpacked) = failure(path) else {
        Issue.record("accepted after \(count) of \(whole.count) bytes")
        return
      }
      #expect(unpacked <= small.count)
    }
    let second = try directory.write(whole + Array(whole[..<20]), to: "cut.gz")
    guard case .truncated = failure(second) else {
      Issue.record("a truncated second member was accepted")
      return
    }
  }

  @Test func damagedGzipIsRefused() throws {
    var damaged = Archives.gzip(text)
    damaged[damaged.count - 6] ^= 0x40
    guard case .corrupt(_, "gzip", let reason) = failure(try directory.write(damaged, to: "bad.gz")) else {
      Issue.record("a wrong checksum was accepted")
      return
    }
    #expect(reason.contains("check"))
  }

  @Test func emptyTextIsRefused() throws {
    let empty = try directory.write([], to: "empty")
    #expect(failure(empty) == .empty(path: empty))
    let emptyGzip = try directory.write(Archives.gzip([]), to: "empty.gz")
    #expect(failure(emptyGzip) == .empty(path: emptyGzip))
    let zip = ZipBuilder(entries: [.init(name: "nothing", contents: [])]).build()
    let emptyZip = try directory.write(zip, to: "empty.zip")
    #expect(failure(emptyZip) == .empty(path: emptyZip))
  }

  @Test func pathsThatAreNoFilesAreRefused() throws {
    let missing = directory.path("missing")
    #expect(failure(missing) == .missing(path: missing))
    #expect(failure(directory.url.path) == .directory(path: directory.url.path))
    let pipe = directory.path("pipe")
    #expect(mkfifo(pipe, 0o600) == 0)
    #expect(failure(pipe) == .unreadable(path: pipe, reason: "it is not a regular file"))
  }

  @Test(.enabled(if: geteuid() != 0, "root may read every file"))
  func unreadableFileIsRefused() throws {
    let path = try directory.write(text, to: "secret")
    #expect(chmod(path, 0) == 0)
    #expect(failure(path) == .unreadable(path: path, reason: "permission denied"))
  }

  @Test func otherCompressionsAreNamed() throws {
    let formats: [(name: String, magic: [UInt8])] = [
      ("xz", [0xFD, 0x37, 0x7A, 0x58, 0x5A, 0]), ("zstd", [0x28, 0xB5, 0x2F, 0xFD]),
      ("bzip2", Array("BZh9".utf8) + [0x31, 0x41, 0x59, 0x26, 0x53, 0x59]),
    ]
    for (name, magic) in formats {
      let error = failure(try directory.write(magic + text, to: name))
      #expect("\(error, default: "none")".contains("\(name) -dk"))
    }
    let words = Array("BZhang is a name".utf8)
    #expect(try contents(directory.write(words, to: "words")) == words)
  }

  @Test func noRoomForUnpackingIsTold() throws {
    let path = try directory.write(Archives.gzip(text), to: "text.gz")
    let nowhere = directory.path("nowhere")
    #expect(throws: CorpusError.cannotUnpack(path: path, into: nowhere, reason: "No such file or directory")) {
      try TextCorpus(contentsOf: path, temporaryDirectory: nowhere)
    }
  }

  /// What unpacks to a thousand times its size does not fill the disk.
  @Test func unpackingLeavesSomeOfTheDisk() throws {
    let block = [UInt8](repeating: 0, count: 6 << 20)
    func write(_ blocks: Int, free: Int?) throws {
      let file = try TemporaryFile(in: directory.url.path, freeBytes: { free })
      for _ in 0..<blocks { try block.withUnsafeBytes(file.write) }
    }
    let error = #expect(throws: TemporaryFile.Failure.self) { try write(3, free: 10 << 20) }
    #expect(error?.reason.contains("10 MB are free") == true)
    #expect(throws: Never.self) {
      try write(2, free: 10 << 20)
      try write(3, free: 100 << 20)
      try write(3, free: nil)
    }
  }

  @Test func temporaryFileLeavesNoName() throws {
    let scratch = try TemporaryDirectory()
    let path = try directory.write(Archives.gzip(text), to: "text.gz")
    let corpus = try TextCorpus(contentsOf: path, force: true, temporaryDirectory: scratch.url.path)
    #expect(try scratch.entries.isEmpty)
    #expect(try corpus.contents == text)
  }

  @Test func rangesAreChecked() throws {
    let path = try directory.write(Array(0..<100), to: "hundred")
    let corpus = try TextCorpus(contentsOf: path, force: true)
    #expect(try corpus.resolve(ByteRange(10, 20)) == 10..<20)
    #expect(try corpus.resolve(ByteRange(90, nil)) == 90..<100)
    #expect(try corpus.resolve(ByteRange(0, 100), holding: 100) == 0..<100)
    for range in [ByteRange(0, 101), ByteRange(100, nil), ByteRange(200, 300)] {
      #expect(throws: CorpusError.rangePastEnd(path: path, range: range, byteCount: 100)) {
        try corpus.resolve(range)
      }
    }
    let short = CorpusError.rangeTooShort(path: path, range: ByteRange(40, 80), neededBytes: 41, byteCount: 40)
    #expect(throws: short) { try corpus.resolve(ByteRange(40, 80), holding: 41) }
    #expect(short.description.contains("41") && short.description.contains("40:80"))
  }
}
