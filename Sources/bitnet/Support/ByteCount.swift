import ArgumentParser
import Foundation

/// A number of bytes as people write it: `512MB`, `1.5GB`, `2GiB`, `100000`.
struct ByteCount: ExpressibleByArgument, Equatable {
  let bytes: Int

  static let help = "such as 512MB, 1.5GB or 2GiB"

  private static let units: [String: Double] = [
    "": 1, "b": 1, "k": 1e3, "kb": 1e3, "m": 1e6, "mb": 1e6, "g": 1e9, "gb": 1e9, "t": 1e12, "tb": 1e12,
    "ki": 1024, "kib": 1024, "mi": 1_048_576, "mib": 1_048_576, "gi": 1_073_741_824, "gib": 1_073_741_824,
  ]

  /// nil: not a size, or none that a machine could have.
  init?(argument: String) {
    let digits = argument.prefix { $0.isASCII && ($0.isNumber || $0 == ".") }
    let unit = argument.dropFirst(digits.count).trimmingCharacters(in: .whitespaces).lowercased()
    guard let number = Double(digits), let factor = Self.units[unit] else { return nil }
    let bytes = (number * factor).rounded()
    guard bytes >= 1, bytes < 1e15 else { return nil }
    self.bytes = Int(bytes)
  }
}
