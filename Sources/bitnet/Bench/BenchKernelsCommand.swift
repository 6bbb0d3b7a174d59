import ArgumentParser
import Foundation
import Kernels

struct BenchKernelsCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "kernels", abstract: "Time the matrix kernels at the shapes of real models.",
    discussion: """
      Each rate stands beside the peak of its instruction on registers alone, with as many threads. A multiply-add
      counts as two operations. The product with packed codes is one row's, its weights come from memory, and its peak
      is what memory delivers.
      """)

  @OptionGroup var threads: ThreadOptions

  @Flag(help: "Print one JSON object.")
  var json = false

  private struct Report: Encodable {
    let kernels: String
    let threads: Int
    let results: [KernelBenchmark.Result]
  }

  func run() throws {
    let path = try KernelPath.selection.get()
    try threads.withPool {
      let benchmark = KernelBenchmark()
      let results =
        KernelBenchmark.projections.flatMap(benchmark.projection) + [
          benchmark.head(KernelBenchmark.head), benchmark.packedRow(KernelBenchmark.decoding),
        ]
      let report = Report(kernels: path.rawValue, threads: threads.count, results: results)
      try json ? JSONOutput.write(report) : printTable(report)
    }
  }

  private func printTable(_ report: Report) {
    StandardOutput.tell("\(report.kernels), \(report.threads) threads; rows x outputs x inputs")
    for result in report.results {
      let shape = result.shape.map(String.init).joined(separator: " x ")
      let name = result.kernel.padding(toLength: 16, withPad: " ", startingAt: 0)
      let digits = result.unit == .bytes ? 1 : 0
      let rate = String(format: "%.\(digits)f %@", result.rate, result.unit.rawValue)
      let peak = result.peak.map { String(format: " of %.\(digits)f, %.0f %%", $0, (result.share ?? 0) * 100) } ?? ""
      StandardOutput.tell("\(name)\(shape.padding(toLength: 22, withPad: " ", startingAt: 0))\(rate)\(peak)")
    }
  }
}
