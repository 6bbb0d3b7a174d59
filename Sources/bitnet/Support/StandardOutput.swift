import ArgumentParser
import Foundation

/// Where results go. One that does not arrive, on a full disk for instance, is an error like any other; that nobody reads
/// any more, as behind `| head`, is none.
enum StandardOutput {
  /// - Throws: `StandardOutputError`; `ExitCode.success` when nobody reads any more, which ends the command quietly.
  static func write(_ data: Data) throws {
    do {
      try FileHandle.standardOutput.write(contentsOf: data)
    } catch {
      let reason = (error as NSError).userInfo[NSUnderlyingErrorKey] as? NSError ?? error as NSError
      guard reason.code != Int(EPIPE) else { throw ExitCode.success }
      throw StandardOutputError(code: Int32(truncatingIfNeeded: reason.code))
    }
  }

  static func write(_ text: String) throws { try write(Data(text.utf8)) }

  /// Brings to its place what `print` still holds.
  static func finish() throws {
    // All streams: the C library's `stdout` is a global variable, which concurrent code must not touch.
    guard fflush(nil) != 0, errno != EPIPE else { return }
    throw StandardOutputError(code: errno)
  }
}

struct StandardOutputError: Error, CustomStringConvertible {
  let code: Int32

  var description: String {
    "standard output: \(String(cString: strerror(code))). What the command reports did not arrive; files that it wrote "
      + "are there."
  }
}
