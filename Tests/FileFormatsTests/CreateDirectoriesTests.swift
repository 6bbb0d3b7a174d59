import FileFormats
import Foundation
import TestSupport
import Testing

@Suite struct CreateDirectoriesTests {
  @Test func parentsOfDotsAreMadeOnTheWay() throws {
    let folder = try TemporaryDirectory()
    for path in ["new/a/../b", "x/../y/./z", "p//q/", "new/a/../../w/../v"] {
      try FileSystem.createDirectories(URL(fileURLWithPath: folder.url.path + "/" + path))
      #expect(FileSystem.isDirectory(URL(fileURLWithPath: folder.url.path + "/" + path)), "\(path)")
    }
    #expect(FileSystem.isDirectory(folder.url.appendingPathComponent("new/b")))
  }

  @Test func aFileInTheWayIsNamed() throws {
    let folder = try TemporaryDirectory()
    let file = folder.url.appendingPathComponent("file")
    try Data("x".utf8).write(to: file)
    #expect(throws: FileError.notDirectory(path: file.path)) {
      try FileSystem.createDirectories(file.appendingPathComponent("below/more"))
    }
    #expect(throws: FileError.notDirectory(path: file.path)) { try FileSystem.createDirectories(file) }
  }
}
