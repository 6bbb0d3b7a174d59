import ArgumentParser
import FileFormats
import Foundation

/// Where results go. One that does not arrive, on a full disk for instance, is an error like any other; that nobody reads
/// any more, as behind `| head`, is none.
enum StandardOutput {
  /// Prints a line, or several. Whatever the text quotes, it cannot steer a terminal.
  static func tell(_ text: String) { print(text.safeForTerminal) }

  /// Prints the words of a model or a user: byte for byte, but for what would steer a terminal if there is one.
  /// - Throws: `StandardOutputError`; `ExitCode.success` when nobody reads any more, which ends the command quietly.
  static func write(words: Data) throws {
    guard isTerminal else { return try write(words) }
    try write(Data(String(decoding: words, as: UTF8.self).safeForTerminal.utf8))
  }

  /// - Throws: as `write(words:)`.
  static func write(_ data: Data) throws {
    do {
      try FileHandle.standardOutput.write(contentsOf: data)
    } catch {
      let reason = (error as NSError).userInfo[NSUnderlyingErrorKey] as? NSError ?? error as NSError
      guard reason.code != Int(EPIPE) else { throw ExitCode.success }
      throw StandardOutputError(code: Int32(truncatingIfNeeded: reason.code))
    }
  }

  /// Brings to its place what `print` still holds.
  static func finish() throws {
    // All streams: the C library's `stdout` is a global variable, which concurrent code must not touch.
    guard fflush(nil) != 0, errno != EPIPE else { return }
    throw StandardOutputError(code: errno)
  }

  private static let isTerminal = isatty(STDOUT_FILENO) == 1
}

struct StandardOutputError: Error, CustomStringConvertible {
  let code: Int32

  var description: String {
    "standard output: \(String(cString: strerror(code))). What the command reports did not arrive; files that it wrote "
      + "are there."
  }
}
