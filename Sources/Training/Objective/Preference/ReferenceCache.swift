import FileFormats
import Foundation

/// A file for each model, data and template that reference log-probabilities were computed of.
///
/// It saves time and decides nothing: what is damaged is computed anew, and where nothing can be kept the values serve the
/// run that computed them.
public struct ReferenceCache: Sendable {
  public let folder: URL

  public init(folder: URL) {
    self.folder = folder
  }

  /// `$XDG_CACHE_HOME/bitnet/reference-log-probabilities`, or in `~/.cache`.
  public static var standard: ReferenceCache {
    ReferenceCache(folder: CacheFolder.standard("reference-log-probabilities"))
  }

  /// What was stored under a fingerprint, or the result of `compute`, which is then stored.
  /// - Parameters:
  ///   - fingerprint: of everything the result depends on; a file name.
  ///   - count: of the pairs.
  ///   - notice: is told in a line why a file is not used, or none kept.
  /// - Throws: what `compute` throws.
  public func value(
    _ fingerprint: String, count: Int, notice: (String) -> Void = { _ in },
    orCompute compute: () throws -> ReferenceLogProbabilities
  ) throws -> ReferenceLogProbabilities {
    let stored = try values(fingerprint, names: ["chosen", "rejected"], count: count, notice: notice) {
      let made = try compute()
      return [made.chosen, made.rejected]
    }
    return ReferenceLogProbabilities(chosen: stored[0], rejected: stored[1])
  }

  /// - Returns: the values of each name, `count` of them.
  func values(
    _ fingerprint: String, names: [String], count: Int, notice: (String) -> Void,
    orCompute compute: () throws -> [[Float]]
  ) throws -> [[Float]] {
    let url = folder.appendingPathComponent(fingerprint + ".safetensors")
    if FileSystem.exists(url) {
      if let stored = try? load(url, fingerprint, names, count) { return stored }
      notice("warning: \(url.path) is damaged or of an earlier version; its reference log-probabilities are made anew")
    }
    let made = try compute()
    do {
      try store(made, url, fingerprint, names, count)
    } catch {
      notice(
        "warning: the reference log-probabilities serve this run alone, they cannot be kept: \(error) "
          + "XDG_CACHE_HOME can name another folder.")
    }
    return made
  }

  private func store(_ values: [[Float]], _ url: URL, _ fingerprint: String, _ names: [String], _ count: Int) throws {
    try FileSystem.createDirectories(folder)
    try AtomicFile.write(to: url) { temporary in
      try SafetensorsWriter.write(
        zip(names, values).map { .init(name: $0, shape: [count], floats: $1) },
        metadata: [Self.checksumKey: Self.checksum(fingerprint, values)], to: temporary)
    } prove: {
      _ = try load($0, fingerprint, names, count)
    }
  }

  private func load(_ url: URL, _ fingerprint: String, _ names: [String], _ count: Int) throws -> [[Float]] {
    let file = try SafetensorsFile(url)
    let values = try names.map { try file.floats(of: $0) }
    guard values.allSatisfy({ $0.count == count }), values.joined().allSatisfy(\.isFinite),
      file.metadata[Self.checksumKey] == Self.checksum(fingerprint, values)
    else { throw Unusable() }
    return values
  }

  /// Not the values that were computed, or not finite: those are computed, but not kept.
  private struct Unusable: Error, CustomStringConvertible {
    let description = "what was written cannot be read."
  }

  private static let checksumKey = "sha256"

  /// Of the values and of what they are the values of: a file may have got another's name.
  private static func checksum(_ fingerprint: String, _ values: [[Float]]) -> String {
    var hash = SHA256()
    hash.update(fingerprint)
    for part in values { part.withUnsafeBytes { hash.update($0) } }
    return hash.hexadecimal
  }
}
