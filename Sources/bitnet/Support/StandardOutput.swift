import Foundation

/// Where results go. A result that did not arrive, on a full disk for instance, is an error like any other.
enum StandardOutput {
  static func write(_ data: Data) throws {
    do {
      try FileHandle.standardOutput.write(contentsOf: data)
    } catch {
      let reason = (error as NSError).userInfo[NSUnderlyingErrorKey] as? NSError ?? error as NSError
      throw StandardOutputError(code: Int32(truncatingIfNeeded: reason.code))
    }
  }

  static func write(_ text: String) throws { try write(Data(text.utf8)) }

  /// Brings to its place what `print` still holds. That nobody reads any more is no failure.
  static func finish() throws {
    // All streams: the C library's `stdout` is a global variable, which concurrent code must not touch.
    guard fflush(nil) != 0, errno != EPIPE else { return }
    throw StandardOutputError(code: errno)
  }
}

struct StandardOutputError: Error, CustomStringConvertible {
  let code: Int32

  var description: String { "standard output: \(String(cString: strerror(code))). The result was not written." }
}
