/// Durations as people say them.
enum DurationFormat {
  /// `8s`, `3m 20s`, `2h 05m`, `1d 04h`.
  static func short(_ seconds: Double) -> String {
    guard seconds.isFinite, seconds >= 0, seconds < 1e9 else { return "?" }
    let total = Int(seconds.rounded())
    func two(_ value: Int) -> String { value < 10 ? "0\(value)" : "\(value)" }
    switch total {
    case ..<60: return "\(total)s"
    case ..<3600: return "\(total / 60)m \(two(total % 60))s"
    case ..<86_400: return "\(total / 3600)h \(two(total % 3600 / 60))m"
    default: return "\(total / 86_400)d \(two(total % 86_400 / 3600))h"
    }
  }
}
