import ArgumentParser
import Foundation

/// What an error that ended a command prints, where, and the exit code it gives.
struct ErrorReport {
  let text: String
  let exitCode: ExitCode

  init(_ error: any Error) {
    if let code = error as? ExitCode {
      self.init(text: "", exitCode: code)
    } else if BitNetCommand.exitCode(for: error) == .success {
      self.init(text: BitNetCommand.fullMessage(for: error), exitCode: .success)
    } else if BitNetCommand.exitCode(for: error) == .validationFailure {
      // ArgumentParser would exit with 64 (EX_USAGE) here.
      self.init(text: BitNetCommand.fullMessage(for: error), exitCode: .wrongUsage)
    } else {
      self.init(text: "error: \(error)", exitCode: error is any UsageError ? .wrongUsage : .workFailed)
    }
  }

  private init(text: String, exitCode: ExitCode) {
    self.text = text
    self.exitCode = exitCode
  }

  /// Prints the text: help and version that were asked for to standard output, errors to standard error.
  func emit() -> ExitCode {
    guard !text.isEmpty else { return exitCode }
    guard exitCode == .success else {
      StandardError.write(text + "\n")
      return exitCode
    }
    StandardOutput.tell(text)
    return exitCode
  }

  /// Ends the process at once, from whichever thread: the checkpoints of a run are complete at any moment.
  @Sendable static func quit(_ text: String) -> Never {
    StandardError.write("error: \(text)\n")
    _exit(ExitCode.workFailed.rawValue)
  }
}
