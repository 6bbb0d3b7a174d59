import Foundation

/// Where progress goes.
enum StandardError {
  /// Whether a line can be drawn over: a terminal that understands carriage returns and escapes.
  static var isInteractive: Bool {
    isatty(STDERR_FILENO) == 1 && ProcessInfo.processInfo.environment["TERM"] != "dumb"
  }

  /// What a user should know and did not ask for.
  static func note(_ text: String) { write("note: \(text)\n") }

  static func write(_ text: String) { FileHandle.standardError.write(Data(text.utf8)) }
}
