import Foundation

/// The few file-system operations that Foundation does not offer with typed errors.
package enum FileSystem {
  /// Bytes an ordinary user may still write at `path` or at its nearest existing parent; nil when unknown.
  package static func freeBytes(at path: String) -> Int? {
    var candidate = URL(fileURLWithPath: path).standardizedFileURL
    var information = statvfs()
    while statvfs(candidate.path, &information) != 0 {
      guard candidate.path != "/" else { return nil }
      candidate.deleteLastPathComponent()
    }
    let (bytes, overflow) = UInt64(information.f_bavail)
      .multipliedReportingOverflow(by: UInt64(information.f_frsize))
    return overflow ? nil : Int(clamping: bytes)
  }

  /// Throws `FileError.noSpace` when fewer than `bytes` are free where `url` is going to lie.
  package static func requireFreeBytes(_ bytes: Int, at url: URL) throws {
    guard let free = freeBytes(at: url.path), free < bytes else { return }
    throw FileError.noSpace(path: url.path, neededBytes: bytes, freeBytes: free)
  }

  /// True for anything that bears this name, a dangling symbolic link included.
  package static func exists(_ url: URL) -> Bool {
    var information = stat()
    return lstat(url.path, &information) == 0
  }

  /// Whether a name that stands in a file can be that of another file beside it: it leads into no other folder, and the
  /// system reads it to its end.
  package static func isPlainName(_ name: String) -> Bool {
    let hasControls = name.unicodeScalars.contains { $0.properties.generalCategory == .control }
    return !name.isEmpty && name.utf8.count <= 255 && !name.contains("/") && !hasControls && name != "." && name != ".."
  }

  /// - Throws: `FileError.unusableName`.
  package static func requireUsableName(_ url: URL) throws {
    let isControl = { (scalar: Unicode.Scalar) in scalar.properties.generalCategory == .control }
    if url.path.unicodeScalars.contains(where: isControl) { throw FileError.unusableName(path: url.path) }
  }

  /// Throws what will keep a new file or folder from being created, in terms of the one who wants it.
  package static func requireCreatable(_ target: URL) throws {
    try requireUsableName(target)
    let folder = target.deletingLastPathComponent()
    guard exists(folder) else { throw FileError.notFound(path: folder.path) }
    guard isDirectory(folder) else { throw FileError.notDirectory(path: folder.path) }
    guard access(folder.path, W_OK | X_OK) == 0 else {
      throw FileError.systemCall("create anything in the folder \(folder.path)", path: target.path)
    }
  }

  package static func isDirectory(_ url: URL) -> Bool {
    var isDirectory: ObjCBool = false
    return FileManager.default.fileExists(atPath: url.path, isDirectory: &isDirectory) && isDirectory.boolValue
  }

  /// Creates `url` and its missing parents.
  package static func createDirectories(_ url: URL) throws {
    try requireUsableName(url)
    if isDirectory(url) { return }
    // From the front, component by component: `new/../other` names a parent that is not there yet.
    var path = url.path.hasPrefix("/") ? "/" : ""
    for component in url.path.split(separator: "/") {
      path += component + "/"
      guard mkdir(path, 0o777) != 0 else { continue }
      let errorNumber = errno
      if isDirectory(URL(fileURLWithPath: path)) { continue }
      let known = String(path.dropLast())
      guard errorNumber != EEXIST else { throw FileError.notDirectory(path: known) }
      throw FileError.systemCall("create this directory", path: known, errorNumber: errorNumber)
    }
  }

  /// Waits until the file or directory is on the storage device.
  package static func synchronize(_ url: URL) throws {
    let descriptor = open(url.path, O_RDONLY | O_CLOEXEC)
    guard descriptor >= 0 else { throw FileError.systemCall("open", path: url.path) }
    defer { close(descriptor) }
    guard fsync(descriptor) == 0 else { throw FileError.systemCall("synchronise", path: url.path) }
  }

  /// Synchronises every file and directory below `directory`, then the directory itself.
  package static func synchronizeTree(_ directory: URL) throws {
    for entry in try contents(of: directory) {
      if isDirectory(entry) {
        try synchronizeTree(entry)
      } else {
        try synchronize(entry)
      }
    }
    try synchronize(directory)
  }

  /// The entries of a directory, hidden ones included, sorted by name.
  package static func contents(of directory: URL) throws -> [URL] {
    guard let stream = opendir(directory.path) else {
      throw FileError.systemCall("list this directory", path: directory.path)
    }
    closedir(stream)
    let names = try FileManager.default.contentsOfDirectory(atPath: directory.path)
    return names.sorted().map { directory.appendingPathComponent($0) }
  }

  /// Renames within one file system; the old or the new name exists at any moment.
  package static func rename(_ source: URL, to target: URL) throws {
    guard Foundation.rename(source.path, target.path) == 0 else {
      throw FileError.systemCall("rename to \(target.lastPathComponent)", path: source.path)
    }
  }
}
