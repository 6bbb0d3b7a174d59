import FileFormats
import Foundation

/// Removes the folder of a run, if it holds nothing else.
package struct RunRemoval {
  package let fileCount: Int
  package let byteCount: Int
  private let url: URL

  /// What a run writes, besides its checkpoints.
  private static let names: Set<String> = [
    RunHistory.metricsFileName, RunHistory.recipeFileName, RunHistory.samplesFileName, RunHistory.environmentFileName,
    "latest", "best", "run.lock", "base",
  ]

  /// - Throws: `RunHistoryError.isNoRunFolder` where something else lies in it, `FileError`.
  package init(_ run: RunHistory) throws {
    url = run.url
    for entry in try FileSystem.contents(of: url) {
      let name = entry.lastPathComponent
      guard Self.names.contains(name) || name.wholeMatch(of: /step-[0-9]+|events\.out\.tfevents\.[0-9]+\..*/) != nil
      else {
        throw RunHistoryError.isNoRunFolder(path: url.path, holds: name)
      }
    }
    var (count, bytes) = (0, 0)
    let files = FileManager.default.enumerator(at: url, includingPropertiesForKeys: [.fileSizeKey, .isRegularFileKey])
    for case let file as URL in files ?? FileManager.DirectoryEnumerator() {
      let values = try? file.resourceValues(forKeys: [.fileSizeKey, .isRegularFileKey])
      guard values?.isRegularFile == true else { continue }
      count += 1
      bytes += values?.fileSize ?? 0
    }
    (fileCount, byteCount) = (count, bytes)
  }

  /// - Throws: what the file system says.
  package func callAsFunction() throws { try FileManager.default.removeItem(at: url) }
}
