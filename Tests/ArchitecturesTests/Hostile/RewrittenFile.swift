import Foundation
import TestSupport

/// A file whose contents change ten thousand times. Written over in place: a file that is emptied first goes to the disk
/// whenever it is closed, which is what would take the time.
final class RewrittenFile {
  let url: URL
  private let handle: FileHandle

  init(_ name: String, in directory: TemporaryDirectory) throws {
    url = directory.url.appending(path: name)
    handle = try FileHandle(forWritingTo: url)
  }

  func write(_ bytes: [UInt8]) throws {
    try handle.seek(toOffset: 0)
    try handle.write(contentsOf: bytes)
    try handle.truncate(atOffset: UInt64(bytes.count))
  }

  deinit { try? handle.close() }
}
