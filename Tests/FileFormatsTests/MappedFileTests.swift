import Foundation
import Testing
import TestSupport

import FileFormats

@Suite struct MappedFileTests {
  @Test func readsTheWholeFile() throws {
    let directory = try TemporaryDirectory()
    let file = try MappedFile(directory.file("a", Data("hello".utf8)))
    #expect(Array(file.bytes) == Array("hello".utf8))
  }

  @Test func staysIntactWhenTheFileIsReplaced() throws {
    let directory = try TemporaryDirectory()
    let url = try directory.file("a", Data("old".utf8))
    let file = try MappedFile(url)
    try AtomicFile.write(to: url, contents: Data("newer".utf8))
    #expect(Array(file.bytes) == Array("old".utf8))
    #expect(try Data(contentsOf: url) == Data("newer".utf8))
  }

  @Test func refusesWhatIsNoFile() throws {
    let directory = try TemporaryDirectory()
    let missing = directory.url.appendingPathComponent("missing")
    #expect(throws: FileError.notFound(path: missing.path)) { try MappedFile(missing) }
    #expect(throws: FileError.isDirectory(path: directory.url.path)) { try MappedFile(directory.url) }
    let inside = try directory.file("a", Data("x".utf8)).appendingPathComponent("b")
    #expect(throws: FileError.notDirectory(path: inside.path)) { try MappedFile(inside) }
    let pipe = directory.url.appendingPathComponent("pipe")
    #expect(mkfifo(pipe.path, 0o600) == 0)
    #expect(throws: FileError.notRegularFile(path: pipe.path)) { try MappedFile(pipe) }
  }

  @Test func refusesAnEmptyFileUnlessAllowed() throws {
    let directory = try TemporaryDirectory()
    let empty = try directory.file("empty")
    #expect(throws: FileError.empty(path: empty.path)) { try MappedFile(empty) }
    #expect(try MappedFile(empty, allowsEmpty: true).bytes.isEmpty)
  }

  @Test func systemErrorsBecomeTypedOnes() {
    let path = "/missing/file"
    func error(_ number: Int32) -> FileError { .systemCall("write", path: path, neededBytes: 9, errorNumber: number) }
    for number in [EACCES, EPERM, EROFS] { #expect(error(number) == .permissionDenied(path: path, operation: "write")) }
    #expect(error(EIO) == .failed(path: path, operation: "write", errorNumber: EIO))
    guard case .noSpace(path, neededBytes: 9, .some) = error(ENOSPC) else {
      Issue.record("\(error(ENOSPC))")
      return
    }
  }

  @Test(.disabled(if: geteuid() == 0, "the superuser may read everything"))
  func refusesAnUnreadableFile() throws {
    let directory = try TemporaryDirectory()
    let url = try directory.file("secret", Data("x".utf8))
    #expect(chmod(url.path, 0) == 0)
    #expect(throws: FileError.permissionDenied(path: url.path, operation: "read")) { try MappedFile(url) }
  }
}
