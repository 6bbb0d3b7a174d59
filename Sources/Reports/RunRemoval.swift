import FileFormats
import Foundation

/// Removes the folder of a run, if it holds nothing else.
package struct RunRemoval {
  package let fileCount: Int
  package let byteCount: Int
  private let url: URL

  /// What a run writes, besides its checkpoints.
  package static let names: Set<String> = [
    RunHistory.metricsFileName, RunHistory.recipeFileName, RunHistory.samplesFileName, RunHistory.environmentFileName,
    "latest", "best", "run.lock",
  ]

  /// - Throws: `RunHistoryError.isNoRunFolder` where something else lies in it, `RunHistoryError.isLink`; `FileError`.
  package init(_ run: RunHistory) throws {
    url = run.url
    if (try? FileManager.default.destinationOfSymbolicLink(atPath: url.standardizedFileURL.path)) != nil {
      throw RunHistoryError.isLink(path: url.path)
    }
    for entry in try FileSystem.contents(of: url) {
      let name = entry.lastPathComponent
      let stranger =
        name.wholeMatch(of: /step-[0-9]+/) != nil
        ? try Self.stranger(inCheckpoint: entry)
        : name == "base" ? try Self.stranger(inModel: entry) : Self.isRunFile(name) ? nil : ""
      guard let stranger else { continue }
      throw RunHistoryError.isNoRunFolder(path: url.path, holds: stranger.isEmpty ? name : "\(name)/\(stranger)")
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

  private static func isRunFile(_ name: String) -> Bool {
    names.contains(name) || name.wholeMatch(of: /events\.out\.tfevents\.[0-9]+\..*\.bitnet/) != nil
  }

  /// What a checkpoint's manifest does not name; "" for a folder without one. Beside the manifest itself, that is.
  private static func stranger(inCheckpoint folder: URL) throws -> String? {
    let file = folder.appendingPathComponent("trainer/" + Manifest.fileName)
    guard FileSystem.exists(file) else { return "" }
    let known = Set(try Manifest(contentsOf: file).files.keys).union(["trainer/" + Manifest.fileName])
    let found = FileManager.default.enumerator(atPath: folder.path)?.compactMap { $0 as? String } ?? []
    return found.first { path in
      !known.contains(path) && !FileSystem.isDirectory(folder.appendingPathComponent(path))
    }
  }

  /// What does not belong to the model that a run of adapters keeps.
  private static func stranger(inModel folder: URL) throws -> String? {
    guard FileSystem.exists(folder.appendingPathComponent("config.json")) else { return "" }
    return try FileSystem.contents(of: folder).first { entry in
      FileSystem.isDirectory(entry) || !["json", "safetensors", "jinja"].contains(entry.pathExtension)
    }?.lastPathComponent
  }

  /// - Throws: what the file system says.
  package func callAsFunction() throws { try FileManager.default.removeItem(at: url) }
}
