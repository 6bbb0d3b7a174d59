import Foundation

/// Large counts as people say them.
enum CountFormat {
  /// `888k`, `5.2M`, `27.4M`, `1.3B`.
  static func short(_ count: Int) -> String {
    switch count {
    case ..<1000: "\(count)"
    case ..<999_500: String(format: "%.0fk", Double(count) / 1e3)
    case ..<999_950_000: String(format: "%.1fM", Double(count) / 1e6)
    default: String(format: "%.1fB", Double(count) / 1e9)
    }
  }

  /// `512 bytes`, `3.7 GB`; powers of ten.
  static func bytes(_ count: Int) -> String {
    switch count {
    case ..<1000: "\(count) bytes"
    case ..<1_000_000: String(format: "%.1f kB", Double(count) / 1e3)
    case ..<1_000_000_000: String(format: "%.1f MB", Double(count) / 1e6)
    default: String(format: "%.1f GB", Double(count) / 1e9)
    }
  }
}
