import Datasets
import Foundation
import Testing
import TestSupport
import Tokenization

/// Files that somebody shortens or writes to while they are in use.
@Suite struct ChangedFilesTests {
  let directory: TemporaryDirectory
  let path: String
  let byteCount: Int

  init() throws {
    directory = try TemporaryDirectory()
    let text = Array(String(repeating: "the quick brown fox jumps\n", count: 4000).utf8)
    byteCount = text.count
    path = try directory.write(text, to: "text")
  }

  private func shortened(to found: Int) -> CorpusError {
    .changed(path: path, expectedBytes: byteCount, foundBytes: found)
  }

  @Test func aShortenedTextIsAnError() throws {
    let corpus = try TextCorpus(contentsOf: path)
    let windows = try WindowBatches(
      WindowSampler(
        TokenCorpus(corpus, range: ByteRange(0, nil), tokenizer: ByteTokenizer()), sequenceLength: 64, seed: 1),
      batchSize: 2)
    var batch = TrainingBatch(batchSize: 1, sequenceLength: 1)
    #expect(try windows.fill(&batch, number: 0))
    #expect(truncate(path, 100) == 0)
    #expect(throws: shortened(to: 100)) { try windows.fill(&batch, number: 1) }
    #expect(throws: shortened(to: 100)) { try CorpusStatistics(corpus, range: 0..<corpus.byteCount) }
    #expect(throws: shortened(to: 100)) { try corpus.sha256 }
    let message = shortened(to: 100).description
    #expect(message.contains("had \(byteCount) bytes") && message.contains("has 100 now"))
  }

  /// Bytes that are still there are those of another text all the same.
  @Test func writingInPlaceIsNoticed() throws {
    let corpus = try TextCorpus(contentsOf: path)
    _ = try corpus.bytes(in: 0..<10)
    Thread.sleep(forTimeInterval: 0.02)
    let file = try FileHandle(forWritingTo: URL(fileURLWithPath: path))
    try file.write(contentsOf: Data("THE".utf8))
    try file.close()
    #expect(throws: shortened(to: byteCount)) { try corpus.bytes(in: 0..<10) }
  }

  /// Another file under the name is another file.
  @Test func replacingTheNameChangesNothing() throws {
    let corpus = try TextCorpus(contentsOf: path)
    try Data("other".utf8).write(to: URL(fileURLWithPath: path), options: .atomic)
    #expect(try corpus.bytes(in: 4..<9) == Array("quick".utf8))
  }

  @Test func shortenedRowsAreAnError() throws {
    let rows = (0..<3000).map { "{\"prompt\": \"\($0)\", \"completion\": \"answer\"}\n" }.joined()
    let path = try directory.write(Array(rows.utf8), to: "rows.jsonl")
    let dataset = try InstructionFixture().open(path)
    #expect(dataset.count == 3000)
    #expect(truncate(path, 50) == 0)
    let error = CorpusError.changed(path: path, expectedBytes: rows.utf8.count, foundBytes: 50)
    #expect(throws: error) { try dataset[2000] }
    #expect(throws: error) { try dataset[0] }
    #expect(throws: error) { try dataset.line(5) }
  }
}
