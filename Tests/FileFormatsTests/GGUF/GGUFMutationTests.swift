import Foundation
import Testing
import TestSupport

import FileFormats

/// Files that chance has spoilt. In processes of their own, so that what they ask the system for can be counted.
@Suite struct GGUFMutationTests {
  @Test func truncationAtEveryByte() async throws {
    await #expect(processExitsWith: .success) {
      let directory = try TemporaryDirectory()
      let whole = try GGUFMutants.wholeFile(in: directory)
      let end = try #require(try GGUFFile(directory.url.appending(path: "whole.gguf")).tensors.last).byteRange
        .upperBound
      let watch = HostileFileWatch(fileBytes: whole.count)
      for length in 1..<end {
        let url = try directory.file("cut.gguf", whole.prefix(length))
        #expect(throws: GGUFError.self, "\(length) of \(whole.count) bytes") { try watch.time { try GGUFFile(url) } }
      }
      // The padding after the last tensor may be missing.
      _ = try GGUFFile(try directory.file("cut.gguf", whole.prefix(end)))
      #expect(watch.problems.isEmpty, "\(watch.problems)")
    }
  }

  @Test func mutations() async throws {
    await #expect(processExitsWith: .success) {
      let directory = try TemporaryDirectory()
      let whole = try GGUFMutants.wholeFile(in: directory)
      let url = try directory.file("mutant.gguf", whole)
      GGUFMutants.use(url)
      // Overwritten in place: creating 100,000 files is what would take the time.
      let handle = try FileHandle(forWritingTo: url)
      defer { try? handle.close() }
      var random = TestGenerator(seed: 20)
      let watch = HostileFileWatch(fileBytes: whole.count)
      var accepted = 0
      for _ in 0..<100_000 {
        try handle.seek(toOffset: 0)
        try handle.write(contentsOf: GGUFMutants.mutant(of: whole, &random))
        if watch.time({ GGUFMutants.use(url) }) { accepted += 1 }
      }
      #expect(accepted > 1000 && accepted < 99_000, "\(accepted) of 100,000 accepted")
      #expect(watch.problems.isEmpty, "\(watch.problems)")
    }
  }

  /// The most that the counts allow: keys and tensors without contents.
  @Test func nothingButEntries() async throws {
    await #expect(processExitsWith: .success) {
      let directory = try TemporaryDirectory()
      var parts = GGUFFixture.Parts()
      (parts.keyCount, parts.tensorCount) = (65_536, 65_536)
      parts.keys = Data()
      parts.tensors = Data()
      for index in 0..<65_536 {
        parts.keys += GGUFFixture.key("\(index)", type: 0, Data([0]))
        parts.tensors += GGUFFixture.tensor("\(index)", dimensions: [0])
      }
      let bytes = parts.bytes
      let url = try directory.file("entries.gguf", bytes)
      let watch = HostileFileWatch(fileBytes: bytes.count)
      let file = try watch.time { try GGUFFile(url) }
      #expect(file.tensors.count == 65_536 && file.metadata.entries.count == 65_536)
      #expect(watch.problems.isEmpty, "\(watch.problems)")
    }
  }
}
