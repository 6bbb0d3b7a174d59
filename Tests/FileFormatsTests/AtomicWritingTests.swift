import Foundation
import Testing
import TestSupport

import FileFormats

@Suite struct AtomicWritingTests {
  private struct Interruption: Error {}

  @Test func aFileAppearsWholeOrNotAtAll() throws {
    let directory = try TemporaryDirectory()
    let target = directory.url.appendingPathComponent("latest")
    try AtomicFile.write(to: target, contents: Data("step-1".utf8))
    #expect(throws: Interruption.self) {
      try AtomicFile.write(to: target) { file in
        try file.write(Data("st".utf8))
        throw Interruption()
      }
    }
    #expect(try Data(contentsOf: target) == Data("step-1".utf8))
    #expect(try directory.entries == ["latest"])
  }

  @Test func aDirectoryAppearsOnCommit() throws {
    let directory = try TemporaryDirectory()
    let target = directory.url.appendingPathComponent("run/step-000001")
    let pending = try AtomicDirectory(target: target)
    try pending.write(Data("{}".utf8), to: "config.json")
    try pending.write(Data("1".utf8), to: "trainer/state.json")
    #expect(!FileSystem.exists(target))
    try pending.commit()
    #expect(try Data(contentsOf: target.appendingPathComponent("trainer/state.json")) == Data("1".utf8))
    #expect(try FileSystem.contents(of: directory.url.appendingPathComponent("run")).count == 1)
  }

  @Test func anAbandonedDirectoryLeavesNothing() throws {
    let directory = try TemporaryDirectory()
    do {
      let pending = try AtomicDirectory(target: directory.url.appendingPathComponent("step"))
      try pending.write(Data("{}".utf8), to: "config.json")
      #expect(try directory.entries.count == 1)
    }
    #expect(try directory.entries.isEmpty)
  }

  @Test func anExistingTargetIsNeverOverwritten() throws {
    let directory = try TemporaryDirectory()
    let target = directory.url.appendingPathComponent("step")
    let first = try AtomicDirectory(target: target)
    let second = try AtomicDirectory(target: target)
    try first.write(Data("first".utf8), to: "a")
    try first.commit()
    #expect(throws: FileError.alreadyExists(path: target.path)) { try second.commit() }
    #expect(throws: FileError.alreadyExists(path: target.path)) { try AtomicDirectory(target: target) }
    #expect(try Data(contentsOf: target.appendingPathComponent("a")) == Data("first".utf8))
    #expect(try directory.entries == ["step"])
  }

  /// A killed process is imitated by a child that exits without unwinding.
  @Test func leftoversOfKilledRunsAreSwept() throws {
    let directory = try TemporaryDirectory()
    let living = try AtomicDirectory(target: directory.url.appendingPathComponent("living"))
    let orphan = directory.url.appendingPathComponent(".dead.tmp-0123456789abcdef")
    try FileManager.default.createDirectory(at: orphan, withIntermediateDirectories: true)
    try Data("x".utf8).write(to: orphan.appendingPathComponent("model.safetensors"))
    _ = try directory.file(".latest.tmp-0123456789abcdef")
    _ = try directory.file(".hidden")
    _ = try directory.file("mine.tmp-0123456789abcdef")

    let removed = try AtomicDirectory.removeLeftovers(in: directory.url).map(\.lastPathComponent)
    #expect(removed == [".dead.tmp-0123456789abcdef", ".latest.tmp-0123456789abcdef"])
    let rest = [living.temporary.lastPathComponent, ".hidden", "mine.tmp-0123456789abcdef"]
    #expect(try directory.entries == rest.sorted())
    try living.commit()
  }

  @Test func tooLittleSpaceIsSeenBeforeAnythingIsWritten() throws {
    let directory = try TemporaryDirectory()
    let target = directory.url.appendingPathComponent("step")
    #expect {
      try AtomicDirectory(target: target, expectedBytes: .max)
    } throws: { error in
      guard case FileError.noSpace(_, let needed, let free) = error else { return false }
      return needed == .max && free.map { $0 > 0 } == true && "\(error)".contains("bytes needed")
    }
    #expect(try directory.entries.isEmpty)
  }

  @Test(.enabled(if: FileManager.default.fileExists(atPath: "/dev/full"), "needs /dev/full"))
  func aFullDiskIsATypedError() throws {
    let file = try OutputFile(opening: URL(fileURLWithPath: "/dev/full"), expectedBytes: 10)
    try file.write(Data("0123456789".utf8))
    #expect {
      try file.finish()
    } throws: { error in
      guard case FileError.noSpace(path: "/dev/full", neededBytes: 10, _) = error else { return false }
      return true
    }
  }

  @Test(.disabled(if: geteuid() == 0, "the superuser may write everywhere"))
  func aReadOnlyParentIsATypedError() throws {
    let directory = try TemporaryDirectory()
    #expect(chmod(directory.url.path, 0o555) == 0)
    #expect {
      try AtomicDirectory(target: directory.url.appendingPathComponent("step"))
    } throws: { error in
      guard case FileError.permissionDenied = error else { return false }
      return true
    }
  }

  /// Nobody knows the name under which a file is written at first.
  @Test func errorsNameWhatWasAskedFor() throws {
    let directory = try TemporaryDirectory()
    let missing = directory.url.appendingPathComponent("none/model.gguf")
    let folder = missing.deletingLastPathComponent().path
    #expect(throws: FileError.notFound(path: folder)) { try AtomicFile.write(to: missing, contents: Data()) }
    let target = directory.url.appendingPathComponent("model.gguf")
    #expect(throws: FileError.noSpace(path: target.path, neededBytes: 1, freeBytes: 0)) {
      try AtomicFile.write(to: target) { file in
        throw FileError.noSpace(path: file.path, neededBytes: 1, freeBytes: 0)
      }
    }
    #expect(throws: FileError.empty(path: target.path)) {
      try AtomicFile.write(to: target) {
        _ = try OutputFile(creating: $0)
      } prove: {
        _ = try MappedFile($0)
      }
    }
    let pending = try AtomicDirectory(target: target)
    try pending.write(Data("x".utf8), to: "a")
    #expect(throws: FileError.alreadyExists(path: target.path + "/a")) { try pending.write(Data("y".utf8), to: "a") }
    pending.abandon()
    #expect(try directory.entries.isEmpty)
  }

  @Test(arguments: ["a\nb", "a\u{1B}[31m"])
  func controlCharactersAreInNoName(name: String) throws {
    let directory = try TemporaryDirectory()
    let url = URL(fileURLWithPath: directory.url.path + "/" + name)
    let isRefused = { (error: any Error) in
      if case FileError.unusableName = error { !"\(error)".unicodeScalars.contains("\u{1B}") } else { false }
    }
    #expect { try FileSystem.createDirectories(url) } throws: { isRefused($0) }
    #expect { try AtomicFile.write(to: url, contents: Data()) } throws: { isRefused($0) }
    #expect { try AtomicDirectory(target: url) } throws: { isRefused($0) }
    #expect(try directory.entries.isEmpty)
  }

  @Test func aFileInTheWayIsNamed() throws {
    let directory = try TemporaryDirectory()
    let file = try directory.file("run", Data("x".utf8))
    #expect(throws: FileError.notDirectory(path: file.path)) {
      try AtomicDirectory(target: file.appendingPathComponent("step"))
    }
  }

  @Test func largeAndSmallWritesKeepTheirOrder() throws {
    let directory = try TemporaryDirectory()
    let url = directory.url.appendingPathComponent("out")
    let pieces = [3, 1 << 20, 0, 5, (1 << 20) - 1, 7, 3 << 20, 1]
    var expected = Data()
    let file = try OutputFile(creating: url)
    for (index, count) in pieces.enumerated() {
      let piece = Data(repeating: UInt8(index), count: count)
      expected += piece
      try file.write(piece)
    }
    try file.finish()
    #expect(try Data(contentsOf: url) == expected)
    #expect(throws: FileError.alreadyExists(path: url.path)) { try OutputFile(creating: url) }
  }
}
