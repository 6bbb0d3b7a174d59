import ArgumentParser
import FileFormats
import Foundation
import Kernels
import Recipes
import Training

#if TensorBoard
  import RunEvents
#endif

struct TrainCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "train", abstract: "Train a model as a recipe says.",
    discussion: """
      The run folder (output_dir of the recipe) receives the resolved recipe, metrics.jsonl and the checkpoints, each a
      Hugging Face model folder. Ctrl-C or SIGTERM finishes the step, saves and exits with 130; a second one quits at
      once. A run that was stopped in whatever way goes on with --resume as if it had not been stopped: with the same
      number of threads the weights have the same bytes.

        bitnet train quickstart
        bitnet train recipes/enwik8-small.yaml max_steps=200 optimizer.lr=1e-3 --output checkpoints/try
        bitnet train checkpoints/enwik8-small/recipe.yaml --resume
      """)

  @Argument(help: "A file, or the name of a recipe.")
  var recipe: String

  @Argument(help: ArgumentHelp("Changes to the recipe.", valueName: "key=value"))
  var overrides: [String] = []

  @Flag(help: "Go on from the newest checkpoint in the run folder.")
  var resume = false

  @Option(help: ArgumentHelp("The run folder, instead of the recipe's output_dir.", valueName: "dir"))
  var output: String?

  @OptionGroup var force: ForceOption

  @OptionGroup var threads: ThreadOptions

  func validate() throws {
    if let output, output.isEmpty { throw ValidationError("--output must name a folder") }
  }

  func run() throws {
    // Progress that nobody reads any more is no reason to lose the run.
    signal(SIGPIPE, SIG_IGN)
    let kernels = try KernelPath.selection.get()
    var recipe = try Recipe.load(recipe, overrides: overrides + (force.force ? ["dataset.force=true"] : []))
    if let output { recipe.outputDirectory = output }
    try threads.withPool {
      let display = TrainingDisplay()
      let run = try prepare(recipe, display)
      if run.isFinished { return tellThatNothingIsLeft(run, display) }
      introduce(run, kernels, display)
      let interrupt = InterruptFlag {
        display.tell("Finishing the step and saving. Interrupt once more to quit at once.")
      }
      var validation: LossSum?
      var warned = false
      let outcome = try run.train { event in
        if case .evaluated(_, let loss) = event { validation = loss }
        if case .logged(let metrics) = event { warnOnce(metrics, display, &warned) }
        display.show(event)
        return interrupt.isRaised ? .stop : .continue
      }
      try conclude(run, outcome, validation, display)
    }
  }

  /// None without the package trait `TensorBoard`.
  private static var log: (any RunLog)? {
    #if TensorBoard
      TensorBoardLog()
    #else
      nil
    #endif
  }

  private func prepare(_ recipe: Recipe, _ display: TrainingDisplay) throws -> TrainingRun {
    do {
      return try TrainingRun(
        recipe, resume: resume, environment: MachineReport.probe().runEnvironment, log: Self.log, report: display.tell)
    } catch let error as RunError where error.isAboutTheRequest {
      throw RunRefused(error: error)
    }
  }

  private func tellThatNothingIsLeft(_ run: TrainingRun, _ display: TrainingDisplay) {
    let limit =
      switch run.training.limit {
      case .steps(let steps): "its \(steps) steps are done; a larger max_steps goes on from there"
      case .minutes: "its time is up; a larger max_minutes goes on from there"
      }
    display.tell("Nothing is left to do: the run ended after step \(run.progress.step), for \(limit).")
    StandardOutput.tell("checkpoint  \(run.latestCheckpoint?.path ?? run.recipe.outputDirectory)")
  }

  private func introduce(_ run: TrainingRun, _ kernels: KernelPath, _ display: TrainingDisplay) {
    let training = run.training
    let sequences = training.batchSize * training.gradientAccumulationSteps
    let size =
      switch run.recipe.kind {
      case .pretrain: "\(sequences * training.maximumSequenceLength) tokens"
      case .sft: "\(sequences) \(run.recipe.instructions?.isPacked == true ? "packed rows" : "examples")"
      case .dpo: "\(sequences) pairs"
      case .kto: "\(sequences) answers"
      }
    let length =
      switch training.limit {
      case .steps(let steps): "\(steps) steps"
      case .minutes(let minutes): DurationFormat.short(minutes * 60)
      }
    display.tell(
      "\(CountFormat.short(run.model.architecture.parameterCount)) parameters, \(length) of \(size), "
        + "\(threads.count) threads, \(kernels.rawValue) kernels, into \(run.recipe.outputDirectory)")
    if run.progress.step > 0 { display.tell("Going on after step \(run.progress.step).") }
    for line in run.summary { display.tell(line) }
    for notice in run.notices { display.tell("warning: \(notice)") }
  }

  /// Preferences can be learnt by making both answers unlikely, one more than the other.
  private func warnOnce(_ metrics: StepMetrics, _ display: TrainingDisplay, _ warned: inout Bool) {
    let ratio = metrics.measures.first { $0.name == "chosen_log_ratio_per_token" }?.value
    guard !warned, let ratio, ratio < -0.5 else { return }
    warned = true
    display.tell(
      "warning: step \(metrics.step): the chosen answers have become \(String(format: "%.2f", -ratio)) nats per token "
        + "less likely than under the reference. Try a lower optimizer.lr, a higher loss.beta, or loss.sft_weight=0.5.")
  }

  private func conclude(
    _ run: TrainingRun, _ outcome: TrainingOutcome, _ validation: LossSum?, _ display: TrainingDisplay
  ) throws {
    guard outcome == .finished else {
      display.tell("Stopped after step \(run.progress.step). Go on with --resume.")
      throw ExitCode.interrupted
    }
    let progress = run.progress
    let warmupEnd = run.training.quantizationWarmup.endStep
    if progress.step < warmupEnd {
      display.tell(
        "warning: the run ended within the warm-up of its quantisation, after step \(progress.step); the model is a BitNet from "
          + "step \(warmupEnd) on, and neither exported nor merged before. Go on with --resume and a higher max_minutes, or "
          + "begin anew with a lower bitlinear.warmup.steps.")
    }
    StandardOutput.tell("checkpoint  \(run.latestCheckpoint?.path ?? run.recipe.outputDirectory)")
    if let validation { StandardOutput.tell("validation  \(TrainingDisplay.summary(validation))") }
    if let best = progress.bestCheckpoint, best.step != progress.step {
      StandardOutput.tell("best        step \(best.step), loss \(String(format: "%.4f", best.loss))")
    }
    StandardOutput.tell(
      "trained     \(CountFormat.short(progress.tokens)) tokens in \(DurationFormat.short(progress.elapsedSeconds))")
  }
}
