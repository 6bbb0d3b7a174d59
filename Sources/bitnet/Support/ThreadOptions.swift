import ArgumentParser
import Kernels

/// `--threads`, for every command that computes.
struct ThreadOptions: ParsableArguments {
  /// More would only wait for each other, and a typing error should not start them.
  private static let most = 1024

  @Option(name: .customLong("threads"), help: "Threads; all processors by default.")
  var count = ThreadPool.defaultThreadCount

  func validate() throws {
    guard (1...Self.most).contains(count) else {
      throw ValidationError("--threads must be from 1 to \(Self.most), got \(count)")
    }
  }

  /// Runs `body` with kernels on this many threads.
  func withPool<Result>(_ body: () throws -> Result) rethrows -> Result {
    try ThreadPool.$current.withValue(ThreadPool(threadCount: count), operation: body)
  }
}
