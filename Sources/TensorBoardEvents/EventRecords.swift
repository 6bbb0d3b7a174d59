import FileFormats
import Foundation

/// The events of a file up to its end, or to a record that is not whole.
package struct EventRecords: Sequence {
  private let file: MappedFile

  /// - Throws: `FileError`.
  package init(_ url: URL) throws { file = try MappedFile(url, allowsEmpty: true) }

  package var byteCount: Int { file.withBytes(\.count) }

  package struct Iterator: IteratorProtocol {
    fileprivate let file: MappedFile
    private var position = 0

    fileprivate init(_ file: MappedFile) { self.file = file }

    /// - Returns: an event and where its record ends.
    package mutating func next() -> (event: Event, end: Int)? {
      let record = file.withBytes { bytes in
        EventRecord.read(bytes, at: position).flatMap { contents, end in Event(contents).map { ($0, end) } }
      }
      if let record { position = record.1 }
      return record
    }
  }

  package func makeIterator() -> Iterator { Iterator(file) }
}
