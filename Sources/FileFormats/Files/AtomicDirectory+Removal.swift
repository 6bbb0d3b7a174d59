import Foundation

extension AtomicDirectory {
  /// Removes a folder such that it disappears whole: it is first renamed to a name that `removeLeftovers(in:)` knows.
  package static func remove(_ folder: URL) throws {
    let doomed = TemporaryName.sibling(of: folder)
    try FileSystem.rename(folder, to: doomed)
    do {
      try FileManager.default.removeItem(at: doomed)
    } catch {
      throw FileError.permissionDenied(path: doomed.path, operation: "remove this folder")
    }
  }
}
