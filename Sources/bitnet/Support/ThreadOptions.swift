import ArgumentParser
import Kernels

/// `--threads`, for every command that computes.
struct ThreadOptions: ParsableArguments {
  /// More would only wait for each other, and a typing error should not start them.
  private static let most = 1024

  @Option(name: .customLong("threads"), help: "Threads; all processors by default.")
  var chosen: Int?

  var count: Int { chosen ?? ThreadPool.defaultThreadCount }

  func validate() throws {
    try require("threads", count, in: 1...Self.most)
  }

  /// Runs `body` with kernels on this many threads.
  /// - Parameter otherwise: as many, where nobody chose a number.
  func withPool<Result>(otherwise: Int? = nil, _ body: () throws -> Result) rethrows -> Result {
    try ThreadPool.$current.withValue(
      ThreadPool(threadCount: chosen ?? otherwise ?? ThreadPool.defaultThreadCount), operation: body)
  }
}
