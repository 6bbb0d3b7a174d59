import ArgumentParser
import Foundation
import Kernels

/// Parses the arguments, runs the command, and leaves the process with the exit codes of `ExitCode`.
@main
enum EntryPoint {
  static func main() {
    OpenFileLimit.require()
    UnsurvivableFailure.end(by: ErrorReport.quit)
    MemoryLimit.shareAllocatorWhereLimited()
    // The runtime of the language does not survive a refusal: less than this is not worth starting with.
    MemoryLimit.requireAddresses(64 << 20, for: "bitnet")
    Task { @MainActor in await runToTheEnd() }
    dispatchMain()
  }

  private static func runToTheEnd() async {
    var end = ExitCode.success
    do { try await run() } catch { end = ErrorReport(error).emit() }
    do { try StandardOutput.finish() } catch {
      let code = ErrorReport(error).emit()
      if end == .success { end = code }
    }
    exit(end.rawValue)
  }

  private static func run() async throws {
    var command = try BitNetCommand.parseAsRoot()
    if var asynchronous = command as? AsyncParsableCommand {
      try await asynchronous.run()
    } else {
      try command.run()
    }
  }
}
