import ArgumentParser

/// How every command ends. A command that has already told its result throws one of these; any other error is
/// printed by `ErrorReport`.
extension ExitCode {
  /// The work was started and failed.
  static let workFailed = ExitCode(1)
  /// Wrong usage or recipe: nothing was started.
  static let wrongUsage = ExitCode(2)
  /// Stopped by Ctrl-C or SIGTERM, state saved.
  static let interrupted = ExitCode(130)
}

/// An error of what the user asked for, found before any work was started: the process exits with
/// `ExitCode.wrongUsage`. Errors without this mark exit with `ExitCode.workFailed`.
protocol UsageError: Error {}
