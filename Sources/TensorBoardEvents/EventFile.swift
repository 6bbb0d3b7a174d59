import FileFormats
import Foundation

/// A file that events are appended to.
///
/// Every call hands its bytes to the system before it returns: what was appended outlives the process, and TensorBoard sees
/// it. A process that is killed in between leaves half a record at the end, where every reader stops.
package final class EventFile {
  package let url: URL
  private let descriptor: Int32

  /// Begins a new file in the folder of a run that goes on after `step`; 0: that begins.
  ///
  /// Files of earlier processes are not appended to: a TensorBoard that has read one to its end, later steps included,
  /// would not notice that they went. The mark at the beginning of a new file tells it.
  /// - Throws: `FileError`.
  package convenience init(in folder: EventFolder, after step: Int, now: Date = Date()) throws {
    try self.init(appendingTo: folder.nextFile(now))
    let time = now.timeIntervalSince1970
    try append([
      Event(step: 0, wallTime: time, .fileVersion(Event.currentFileVersion)),
      Event(step: step + 1, wallTime: time, .sessionStart),
    ])
  }

  /// - Throws: `FileError`.
  package init(appendingTo url: URL) throws {
    self.url = url
    descriptor = open(url.path, O_WRONLY | O_CREAT | O_APPEND | O_CLOEXEC, 0o666)
    guard descriptor >= 0 else { throw FileError.systemCall("append to", path: url.path) }
  }

  deinit { close(descriptor) }

  /// - Throws: `FileError`, with `noSpace` among them.
  package func append(_ events: [Event]) throws {
    let bytes = try events.flatMap { try EventRecord.framed($0.serialized()) }
    var rest = bytes[...]
    while !rest.isEmpty {
      let written = rest.withUnsafeBytes { write(descriptor, $0.baseAddress, $0.count) }
      // A disk with room for a part takes that part, and says at the next attempt what is wrong.
      guard written > 0 else {
        throw FileError.systemCall("append to", path: url.path, neededBytes: bytes.count)
      }
      rest = rest.dropFirst(written)
    }
  }
}
