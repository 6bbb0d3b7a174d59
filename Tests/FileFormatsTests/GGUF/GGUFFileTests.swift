import Foundation
import Testing
import TestSupport

import FileFormats

@Suite struct GGUFFileTests {
  @Test func readsWhatWasWritten() throws {
    let directory = try TemporaryDirectory()
    let url = directory.url.appending(path: "a.gguf")
    try GGUFFixture.write(to: url)
    let file = try GGUFFile(url)
    #expect(file.version == 3 && file.alignment == 32)
    #expect(file.metadata == GGUFFixture.metadata)
    #expect(file.tensors.map(\.name) == GGUFFixture.tensors.map(\.name))
    for (stored, written) in zip(file.tensors, GGUFFixture.tensors) {
      #expect(stored.type == written.type && stored.shape == written.shape)
      #expect(stored.byteRange.lowerBound.isMultiple(of: 32))
      #expect(file.withBytes(of: stored) { Array($0) } == GGUFFixture.contents(written), "\(stored.name)")
    }
    #expect(try file.floats(of: "half") == (0..<7).map { Float($0) })
    #expect(try file.floats(of: "i2s") == (0..<256).map { Float($0 % 3 - 1) * 0.5 })
    #expect(try directory.entries == ["a.gguf"])
  }

  @Test(arguments: [8, 32, 64, 4096] as [UInt32])
  func writingAgainGivesTheSameBytes(alignment: UInt32) throws {
    let directory = try TemporaryDirectory()
    let (first, second) = (directory.url.appending(path: "a"), directory.url.appending(path: "b"))
    var metadata = GGUFFixture.metadata
    metadata["general.alignment"] = .uint32(alignment)
    try GGUFFixture.write(to: first, metadata: metadata)
    let file = try GGUFFile(first)
    let writer = try GGUFWriter(
      metadata: file.metadata,
      tensors: file.tensors.map { GGUFWriter.Tensor(name: $0.name, type: $0.type, shape: $0.shape) }, for: second)
    try writer.write(to: second) { tensor, output in
      try file.withBytes(of: try file.tensor(tensor.name)) { try output.write($0) }
    }
    let bytes = try Data(contentsOf: first)
    #expect(try Data(contentsOf: second) == bytes)
    #expect(writer.byteCount == bytes.count)
  }

  @Test func typedAccess() throws {
    let directory = try TemporaryDirectory()
    let url = directory.url.appending(path: "a.gguf")
    try GGUFFixture.write(to: url)
    let file = try GGUFFile(url)
    #expect(try file.string("general.architecture") == "bitnet")
    #expect(try file.uint32("a.u32") == Int(UInt32.max))
    #expect(try file.float32("a.f32") == 1e-5)
    #expect(try file.array("a.strings").strings == ["a", "", "ü"])
    #expect(try file.array("a.numbers").int32s == [1, -2, 3])
    let wrong = GGUFError.Problem.wrongKeyType(key: "a.i32", expected: "uint32", found: "int32")
    #expect(throws: GGUFError(path: url.path, problem: wrong)) { try file.uint32("a.i32") }
    #expect(throws: GGUFError(path: url.path, problem: .missingKey("b"))) { try file.string("b") }
    #expect(throws: GGUFError(path: url.path, problem: .noSuchTensor("b"))) { try file.tensor("b") }
  }

  @Test func failedWritingLeavesNothing() throws {
    struct Failure: Error {}
    let directory = try TemporaryDirectory()
    let url = directory.url.appending(path: "a.gguf")
    let writer = try GGUFWriter(metadata: GGUFFixture.metadata, tensors: GGUFFixture.tensors, for: url)
    #expect(throws: Failure.self) { try writer.write(to: url) { _, _ in throw Failure() } }
    #expect(try directory.entries.isEmpty)
  }
}
