import FileFormats
import Foundation

/// Compares the model in a checkpoint with the manifest that training left beside it.
///
/// A bit that has flipped in the weights makes a model that is a little worse, which nobody would see.
package struct CheckpointIntegrity {
  /// Within a checkpoint.
  private static let manifestPath = "trainer/" + Manifest.fileName

  private let folder: URL
  private let manifest: Manifest

  /// nil for a folder without a manifest, which somebody else wrote or copied without its state.
  /// - Throws: `FileError`, `ManifestError`.
  package init?(_ folder: URL) throws {
    let url = folder.appendingPathComponent(Self.manifestPath)
    guard FileSystem.exists(url) else { return nil }
    self.folder = folder
    manifest = try Manifest(contentsOf: url)
  }

  /// Looks at sizes always, and hashes a file once for every version of it.
  /// - Returns: sentences about files besides the weights that are not as they were written: people edit these.
  /// - Throws: `ManifestError` for weights that are not; `FileError`.
  package func check() throws -> [String] {
    var (damages, notes) = ([ManifestError.Problem](), [String]())
    for path in manifest.files.keys.sorted() where !path.hasPrefix("trainer/") {
      let known = VerifiedFile(folder.appendingPathComponent(path), manifest.files[path])
      if known?.isKnown == true { continue }
      guard let problem = try manifest.problem(of: path, in: folder) else {
        known?.remember()
        continue
      }
      if path.hasSuffix(".safetensors") {
        damages.append(problem)
      } else {
        notes.append("\(folder.path): \(problem), as the run wrote it")
      }
    }
    guard damages.isEmpty else { throw ManifestError(path: folder.path, problems: damages) }
    return notes
  }

  /// Everything that is not as it was written, the state of the trainer included; every file is hashed.
  package func problems() -> [String] {
    manifest.files.keys.sorted().compactMap { path in
      do { return try manifest.problem(of: path, in: folder)?.description } catch { return "\(error)" }
    }
  }
}

/// One version of a file whose hash was found right: an empty file in the cache, named after path, size, time of change and
/// hash.
private struct VerifiedFile {
  private let marker: URL

  /// More versions than this are forgotten together.
  private static let limit = 4096

  init?(_ url: URL, _ entry: Manifest.Entry?) {
    var status = stat()
    guard let entry, stat(url.path, &status) == 0, Int(status.st_size) == entry.size else { return nil }
    #if canImport(Darwin)
      let changed = status.st_ctimespec
    #else
      let changed = status.st_ctim
    #endif
    let version =
      "\(url.standardizedFileURL.path)\n\(status.st_ino)\n\(changed.tv_sec).\(changed.tv_nsec)\n\(entry.sha256)"
    marker = CacheFolder.standard("verified").appendingPathComponent(SHA256.hexadecimal(of: version))
  }

  var isKnown: Bool { FileSystem.exists(marker) }

  /// A cache that cannot be written is one that is empty.
  func remember() {
    let folder = marker.deletingLastPathComponent()
    try? FileSystem.createDirectories(folder)
    if let kept = try? FileSystem.contents(of: folder), kept.count >= Self.limit {
      for file in kept { try? FileManager.default.removeItem(at: file) }
    }
    try? Data().write(to: marker)
  }
}
