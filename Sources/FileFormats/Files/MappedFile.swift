import Foundation

/// A read-only memory map of a file; pages are read from disk when they are first touched.
///
/// Another process that shortens the file while it is mapped takes the pages away. The files of this package are
/// only ever replaced by renaming, which leaves existing maps intact.
public final class MappedFile: Sendable {
  public let url: URL
  /// The whole file. Valid as long as this object lives, and the last mention of a local file ends its life: ask such
  /// a one through `withBytes`.
  public nonisolated(unsafe) let bytes: UnsafeRawBufferPointer

  /// - Throws: `FileError` when the file is missing, unreadable, not a file, or empty unless `allowsEmpty`.
  public init(_ url: URL, allowsEmpty: Bool = false) throws {
    // Without O_NONBLOCK, opening a pipe would wait for a writer.
    let descriptor = open(url.path, O_RDONLY | O_CLOEXEC | O_NONBLOCK)
    guard descriptor >= 0 else { throw FileError.systemCall("read", path: url.path) }
    defer { close(descriptor) }

    var information = stat()
    guard fstat(descriptor, &information) == 0 else { throw FileError.systemCall("read", path: url.path) }
    switch information.st_mode & S_IFMT {
    case S_IFREG: break
    case S_IFDIR: throw FileError.isDirectory(path: url.path)
    default: throw FileError.notRegularFile(path: url.path)
    }

    let size = Int(information.st_size)
    guard size > 0 || allowsEmpty else { throw FileError.empty(path: url.path) }
    self.url = url
    guard size > 0 else {
      bytes = UnsafeRawBufferPointer(start: nil, count: 0)
      return
    }
    guard let start = mmap(nil, size, PROT_READ, MAP_PRIVATE, descriptor, 0), start != MAP_FAILED else {
      throw FileError.systemCall("map into memory", path: url.path)
    }
    bytes = UnsafeRawBufferPointer(start: start, count: size)
  }

  /// Calls `body` with the whole file and keeps it mapped meanwhile.
  public func withBytes<Result>(_ body: (UnsafeRawBufferPointer) throws -> Result) rethrows -> Result {
    try withExtendedLifetime(self) { try body(bytes) }
  }

  /// Gives the pages that lie within a range back to the system; they are read again when they are touched.
  package func release(_ range: Range<Int>) {
    guard let start = bytes.baseAddress else { return }
    let page = Int(getpagesize())
    let (first, last) = ((range.lowerBound + page - 1) / page * page, range.upperBound / page * page)
    guard first < last else { return }
    // A hint: nothing depends on whether the system follows it.
    _ = madvise(UnsafeMutableRawPointer(mutating: start + first), last - first, MADV_DONTNEED)
  }

  deinit {
    if let start = bytes.baseAddress {
      munmap(UnsafeMutableRawPointer(mutating: start), bytes.count)
    }
  }
}
