import ArgumentParser
import Foundation

/// Parses the arguments, runs the command, and leaves the process with the exit codes of `ExitCode`.
@main
enum EntryPoint {
  static func main() async {
    FastestBLAS.restartIfSlow()
    do {
      var command = try BitNetCommand.parseAsRoot()
      if var asynchronous = command as? AsyncParsableCommand {
        try await asynchronous.run()
      } else {
        try command.run()
      }
      try StandardOutput.finish()
    } catch {
      exit(ErrorReport(error).emit().rawValue)
    }
  }
}
