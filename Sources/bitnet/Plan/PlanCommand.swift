import ArgumentParser
import Datasets
import Foundation
import Kernels
import Recipes
import Training

struct PlanCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "plan", abstract: "Tell what a recipe will need before it is started.",
    discussion: """
      Parameters, tokens, peak memory and time. Models with one and two of the recipe's layers run a few throwaway
      steps on random tokens; the rest is extrapolated, so the time is that of this machine as busy as it is now.
      Nothing is written. A recipe that starts from a checkpoint needs it; rows of fine-tuning data are taken to be as
      long as max_seq_len allows.

        bitnet plan enwik8-base
        bitnet plan enwik8-base batch_size=4 gradient_accumulation_steps=2 --json
      """)

  @Argument(help: "A file, or the name of a recipe.")
  var recipe: String

  @Argument(help: ArgumentHelp("Changes to the recipe.", valueName: "key=value"))
  var overrides: [String] = []

  @OptionGroup var threads: ThreadOptions

  @Flag(help: "Print one JSON object.")
  var json = false

  func run() throws {
    _ = try KernelPath.selection.get()
    let recipe = try Recipe.load(recipe, overrides: overrides)
    var workload = try recipe.workload()
    workload.training.limit = try recipe.limit()
    let plan = try threads.withPool {
      try TrainingPlan(workload, corpusBytes: recipe.corpus.map(Self.trainingBytes) ?? 0)
    }
    try json ? JSONOutput.write(Result(plan)) : report(plan, recipe)
  }

  /// Bytes of the training range that exist on disk; 0 when the corpus is not there yet.
  private static func trainingBytes(_ dataset: CorpusConfiguration) -> Int {
    let size = dataset.sources.reduce(0) { sum, source in
      let attributes = try? FileManager.default.attributesOfItem(atPath: source.path)
      return sum + ((attributes?[.size] as? Int) ?? 0)
    }
    return max(0, min(dataset.train.upperBound ?? size, size) - dataset.train.lowerBound)
  }

  private struct Result: Encodable {
    let parameters: Int
    let trainedParameters: Int
    let peakMemoryBytes: Int
    let seconds: Double
    let tokens: Int
    let tokensPerSecond: Double

    init(_ plan: TrainingPlan) {
      parameters = plan.parameters
      trainedParameters = plan.trainedParameters
      peakMemoryBytes = plan.peakMemoryBytes
      seconds = plan.seconds
      tokens = plan.tokens
      tokensPerSecond = plan.tokensPerSecond
    }
  }

  private func report(_ plan: TrainingPlan, _ recipe: Recipe) {
    let sources = recipe.corpus?.sources ?? recipe.instructions?.sources ?? []
    let missing =
      sources.allSatisfy { FileManager.default.fileExists(atPath: $0.path) }
      ? "" : recipe.corpus == nil ? " (not there yet)" : " (not there yet: see `bitnet data fetch --help`)"
    let trained =
      plan.trainedParameters == plan.parameters ? "" : ", of them \(CountFormat.short(plan.trainedParameters)) trained"
    StandardOutput.tell(
      """
      parameters   \(CountFormat.short(plan.parameters))\(trained)
      tokens       \(CountFormat.short(plan.tokens))
      peak memory  \(CountFormat.bytes(plan.peakMemoryBytes))
      time         \(DurationFormat.short(plan.seconds)) at \(Int(plan.tokensPerSecond)) tokens/s with \(threads.count) threads
      data         \(sources.spokenPaths)\(missing)
      """)
  }
}
