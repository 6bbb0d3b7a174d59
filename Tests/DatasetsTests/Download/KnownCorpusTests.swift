import Datasets
import Foundation
import Synchronization
import Testing
import TestSupport

@Suite struct KnownCorpusTests {
  let directory: TemporaryDirectory
  let text: [UInt8] = (0..<40_000).map { UInt8(truncatingIfNeeded: $0 &* 31 &+ $0 >> 9) }
  /// Stored, not deflated, so that its bytes do not depend on the version of zlib.
  let archive: [UInt8]
  let corpus: KnownCorpus

  init() throws {
    directory = try TemporaryDirectory()
    archive = ZipBuilder(entries: [.init(name: "small", contents: text, deflated: false)]).build()
    corpus = KnownCorpus(
      name: "small", source: URL(string: "http://127.0.0.1:9/small.zip")!, archiveBytes: archive.count,
      archiveSHA256: "2e84f8616e65256a712496e754e3a9a611ed43674a19177b9ae967e7d27a9772",
      byteCount: text.count, md5: "fda974afb8167371d5f698e7d6f646a2")
  }

  private var output: URL { directory.url.appendingPathComponent("data/small") }
  private var files: [String] {
    get throws { try FileManager.default.contentsOfDirectory(atPath: directory.path("data")).sorted() }
  }

  private func makeFolder() throws {
    try FileManager.default.createDirectory(atPath: directory.path("data"), withIntermediateDirectories: true)
  }

  private func serve(_ body: [UInt8]) throws -> TestServer {
    try TestServer { request, _ in .part(of: body, request) }
  }

  @Test func fetchesVerifiesAndUnpacks() async throws {
    let server = try serve(archive)
    #expect(try await corpus.fetch(to: output, from: server.url) == .fetched)
    #expect(try Data(contentsOf: output) == Data(text))
    #expect(try files == ["small"])
  }

  @Test func whatIsThereAndRightIsLeftAlone() async throws {
    let server = try serve(archive)
    _ = try await corpus.fetch(to: output, from: server.url)
    let modified = try FileManager.default.attributesOfItem(atPath: output.path)[.modificationDate] as? Date
    #expect(try await corpus.fetch(to: output, from: server.url) == .alreadyThere)
    #expect(server.requests.count == 1)
    let after = try FileManager.default.attributesOfItem(atPath: output.path)[.modificationDate] as? Date
    #expect(modified == after)
  }

  @Test func aFileOfAnotherContentIsNeverReplaced() async throws {
    let server = try serve(archive)
    try makeFolder()
    try Data([1, 2, 3]).write(to: output)
    let error = await #expect(throws: KnownCorpusError.self) { try await corpus.fetch(to: output, from: server.url) }
    #expect(error?.description.contains(corpus.md5) == true)
    #expect(try Data(contentsOf: output) == Data([1, 2, 3]))
    #expect(server.requests.isEmpty)
  }

  @Test func anArchiveThatIsThereIsUsedAndKept() async throws {
    try makeFolder()
    try Data(archive).write(to: output.appendingPathExtension("zip"))
    let events = Mutex<[KnownCorpus.Event]>([])
    _ = try await corpus.fetch(to: output) { event in events.withLock { $0.append(event) } }
    #expect(try files == ["small", "small.zip"])
    #expect(events.withLock { $0.count } == 2)
  }

  @Test func anArchiveOfAnotherContentIsNeverReplaced() async throws {
    try makeFolder()
    try Data([9]).write(to: output.appendingPathExtension("zip"))
    await #expect(throws: KnownCorpusError.self) { try await corpus.fetch(to: output) }
    #expect(try files == ["small.zip"])
  }

  @Test func aWrongArchiveLeavesNothing() async throws {
    var other = archive
    other[5_000] ^= 1
    let server = try serve(other)
    await #expect(throws: DownloadError.self) { try await corpus.fetch(to: output, from: server.url) }
    #expect(try files.isEmpty)
  }

  @Test func aRightArchiveWithAnotherTextLeavesOnlyTheArchive() async throws {
    let server = try serve(archive)
    var other = corpus
    other.md5 = String(repeating: "0", count: 32)
    await #expect(throws: KnownCorpusError.self) { try await other.fetch(to: output, from: server.url) }
    #expect(try files == ["small.zip"])
  }

  @Test func enwik8IsDescribedAsPublished() {
    #expect(KnownCorpus.enwik8.archiveBytes == 36_445_475)
    #expect(KnownCorpus.enwik8.byteCount == 100_000_000)
    #expect(KnownCorpus.enwik8.archiveSHA256.count == 64 && KnownCorpus.enwik8.md5.count == 32)
    #expect(KnownCorpus.all.map(\.name) == ["enwik8"])
  }
}
