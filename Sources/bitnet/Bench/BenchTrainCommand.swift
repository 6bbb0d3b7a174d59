import ArgumentParser
import FileFormats
import Foundation
import Kernels
import Recipes
import Training

struct BenchTrainCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "train", abstract: "Time training steps of a recipe's model on random tokens.",
    discussion: """
      Nothing is read but the recipe, and the configuration of the model it starts from; nothing is written. The median step counts, the first two are left out.
      The shares are of all steps but the first two; forward counts the weight quantisation of each step.
      The roofline is what the matrix products alone would allow at the rates this machine reaches on large matrices.

        bitnet bench train enwik8-small --steps 12 --json
      """)

  @Argument(help: "A file, or the name of a recipe.")
  var recipe: String

  @Argument(help: ArgumentHelp("Changes to the recipe.", valueName: "key=value"))
  var overrides: [String] = []

  @Option(help: "Optimiser steps, at least 3.")
  var steps = 12

  @OptionGroup var threads: ThreadOptions

  @Flag(help: "Print one JSON object.")
  var json = false

  func validate() throws {
    guard steps >= 3 else { throw ValidationError("--steps must be at least 3, got \(steps)") }
  }

  func run() throws {
    let path = try KernelPath.selection.get()
    let recipe = try Recipe.load(recipe, overrides: overrides)
    let workload = try recipe.workload()
    try threads.withPool {
      let rates = MachineRates.measured()
      let benchmark = try TrainingBenchmark(workload, steps: steps)
      try report(
        Result(
          parameters: benchmark.parameters, tokensPerSecond: benchmark.tokensPerSecond, threads: threads.count,
          kernels: path.rawValue,
          rooflineTokensPerSecond: TrainingBenchmark.roofline(workload, rates: rates),
          peakMemoryBytes: ProcessMemory.peakResidentBytes, parts: benchmark.parts))
    }
  }

  private struct Result: Encodable {
    let parameters: Int
    let tokensPerSecond: Double
    let threads: Int
    let kernels: String
    let rooflineTokensPerSecond: Double
    let peakMemoryBytes: Int
    let parts: [TrainingBenchmark.Part]
  }

  private func report(_ result: Result) throws {
    if json { return try JSONOutput.write(result) }
    StandardOutput.tell(
      """
      parameters   \(CountFormat.short(result.parameters))
      speed        \(Int(result.tokensPerSecond)) tokens/s with \(result.threads) threads, \(result.kernels) kernels
      roofline     \(Int(result.rooflineTokensPerSecond)) tokens/s
      peak memory  \(CountFormat.bytes(result.peakMemoryBytes))

      share of the time
      """)
    for part in result.parts where part.share >= 0.005 {
      StandardOutput.tell(
        "\(part.name.padding(toLength: 28, withPad: " ", startingAt: 0))\(String(format: "%4.1f", part.share * 100)) %")
    }
  }
}
