import Foundation

/// Where this program keeps what it can compute again.
package enum CacheFolder {
  /// `$XDG_CACHE_HOME/bitnet/NAME`, or `~/.cache/bitnet/NAME`.
  package static func standard(_ name: String) -> URL {
    let environment = ProcessInfo.processInfo.environment
    let base =
      environment["XDG_CACHE_HOME"].flatMap { $0.isEmpty ? nil : URL(fileURLWithPath: $0) }
      ?? FileManager.default.homeDirectoryForCurrentUser.appendingPathComponent(".cache")
    return base.appendingPathComponent("bitnet").appendingPathComponent(name)
  }
}
