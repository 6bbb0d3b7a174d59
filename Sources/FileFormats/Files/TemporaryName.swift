import Foundation

/// The hidden names under which files and folders are written before they get their own.
package enum TemporaryName {
  private static let marker = ".tmp-"
  private static let digits = 16

  /// A fresh hidden sibling of `target`.
  package static func sibling(of target: URL) -> URL {
    let random = String(UInt64.random(in: .min ... .max), radix: 16)
    let padded = String(repeating: "0", count: digits - random.count) + random
    // A prefix, so that the name stays within the 255 bytes that file systems allow.
    let name = "." + String(target.lastPathComponent.unicodeScalars.prefix(40)) + marker + padded
    return target.deletingLastPathComponent().appendingPathComponent(name)
  }

  /// Whether `name` was made by `sibling(of:)`.
  static func matches(_ name: String) -> Bool {
    let tail = name.suffix(marker.count + digits)
    return name.hasPrefix(".") && tail.hasPrefix(marker) && tail.dropFirst(marker.count).allSatisfy(\.isHexDigit)
  }
}
