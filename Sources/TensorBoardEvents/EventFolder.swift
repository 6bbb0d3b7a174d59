import FileFormats
import Foundation

/// The event files in the folder of a run, one for each process that trained it; those of other programs are left alone.
package struct EventFolder: Sendable {
  /// TensorBoard looks for `tfevents` in names; it reads files in the order of their names.
  private static let prefix = "events.out.tfevents."
  /// Tells our files from those of others, which may lie beside them.
  private static let suffix = ".bitnet"

  package let url: URL

  package init(_ url: URL) { self.url = url }

  /// In the order in which they were written.
  package func files() throws -> [URL] {
    try FileSystem.contents(of: url).filter { Self.seconds(ofName: $0.lastPathComponent) != nil }
  }

  /// When a file was begun; nil for a name that is not that of an event file.
  private static func seconds(ofName name: String) -> Int? {
    name.wholeMatch(of: /events\.out\.tfevents\.([0-9]{1,15})\..+\.bitnet/).flatMap { Int($0.1) }
  }

  /// Forgets what was written after `step`, and a last record that was only half written, so that no reader sees a step
  /// twice once the run has gone on; step 0 removes the files.
  ///
  /// A file is shortened where it lies: its steps ascend, so that what goes is its end, and a TensorBoard that has it open
  /// finds nothing new in it and passes on to the next one.
  package func cut(after step: Int) throws {
    for file in try files() {
      if step == 0 {
        guard unlink(file.path) == 0 else { throw FileError.systemCall("remove", path: file.path) }
        continue
      }
      let (kept, size) = try Self.extent(of: file, upTo: step)
      guard kept < size else { continue }
      guard truncate(file.path, off_t(kept)) == 0 else { throw FileError.systemCall("shorten", path: file.path) }
    }
  }

  /// How many bytes of a file, and out of how many, are whole records of no later step than `step`.
  private static func extent(of file: URL, upTo step: Int) throws -> (kept: Int, size: Int) {
    let records = try EventRecords(file)
    var kept = 0
    for (event, end) in records {
      guard event.step <= step else { break }
      kept = end
    }
    return (kept, records.byteCount)
  }

  /// A name behind those of all files there are, even where the clock was set back or a run goes on within the second that
  /// it was stopped in.
  package func nextFile(_ now: Date) throws -> URL {
    let last = try files().compactMap { Self.seconds(ofName: $0.lastPathComponent) }.max()
    let seconds = max(Int(now.timeIntervalSince1970), (last ?? 0) + 1)
    return url.appendingPathComponent(
      "\(Self.prefix)\(String(format: "%010d", seconds)).\(Self.hostName)\(Self.suffix)")
  }

  /// Not Foundation's, which asks the network.
  private static var hostName: String {
    var characters = [CChar](repeating: 0, count: 256)
    let isKnown = gethostname(&characters, characters.count - 1) == 0
    let name = String(decoding: characters.prefix { $0 != 0 }.map(UInt8.init(bitPattern:)), as: UTF8.self)
    return isKnown && FileSystem.isPlainName(name) ? name : "localhost"
  }
}
