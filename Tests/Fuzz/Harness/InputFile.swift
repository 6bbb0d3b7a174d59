import FileFormats
import Foundation

/// A file that one input after another is written into: what a process died of is in it afterwards.
///
/// It is written over in place. A file system that a file is emptied on would do more work for each.
final class InputFile {
  let url: URL
  private let descriptor: Int32

  init(_ url: URL) throws {
    self.url = url
    descriptor = open(url.path, O_RDWR | O_CREAT | O_CLOEXEC, 0o644)
    guard descriptor >= 0 else { throw FileError.systemCall("create this file", path: url.path) }
  }

  func write(_ bytes: [UInt8]) throws {
    let written = bytes.withUnsafeBytes { pwrite(descriptor, $0.baseAddress, $0.count, 0) }
    guard written == bytes.count, ftruncate(descriptor, off_t(bytes.count)) == 0 else {
      throw FileError.systemCall("write", path: url.path)
    }
  }

  deinit { close(descriptor) }
}
