import Foundation

/// How many files this process may have open.
enum OpenFileLimit {
  /// Event queues of Dispatch and their wake-ups, a data file, a checkpoint being written, the lock of a run.
  private static let needed = 10

  /// Ends the process with an error when it cannot open the few files that every command needs. Dispatch, which runs
  /// whatever is asynchronous, would trap: this comes before it.
  static func require() {
    var opened: [Int32] = []
    defer { opened.forEach { close($0) } }
    while opened.count < needed {
      let descriptor = open("/", O_RDONLY | O_CLOEXEC)
      guard descriptor >= 0 else {
        let failure = errno
        guard failure == EMFILE || failure == ENFILE else { return }
        let reason = failure == EMFILE ? "this process may open" : "the system can open for it"
        let message =
          "error: \(reason) no more than \(opened.count) further files. Expected at least \(needed); raise the limit, `ulimit -n 1024`.\n"
        _ = message.withCString { write(STDERR_FILENO, $0, strlen($0)) }
        exit(1)
      }
      opened.append(descriptor)
    }
  }
}
