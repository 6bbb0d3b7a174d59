import FileFormats
import Foundation

/// Where progress goes. Whatever a text quotes, it cannot steer a terminal.
enum StandardError {
  /// Whether a line can be drawn over: a terminal that understands carriage returns and escapes.
  static var isInteractive: Bool {
    isatty(STDERR_FILENO) == 1 && ProcessInfo.processInfo.environment["TERM"] != "dumb"
  }

  /// What a user should know and did not ask for.
  static func note(_ text: String) { write("note: \(text)\n") }

  static func write(_ text: String) { writeRaw(text.safeForTerminal) }

  /// For text that is meant to steer; `LiveLine` alone does.
  static func writeRaw(_ text: String) {
    // That nobody reads any more is no reason to stop the work.
    try? FileHandle.standardError.write(contentsOf: Data(text.utf8))
  }
}
