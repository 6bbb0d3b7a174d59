import Datasets
import Foundation
import Inference
import Models
import Recipes
import Training

/// What is evaluated: as the options say, and else as the recipe of the model's run.
package struct EvaluationPlan {
  package struct Options {
    package var data: String?
    package var range: ByteRange?
    package var maxTokens: Int?
    package var window: Int?
    package var batchSize: Int?
    /// Takes what does not look like text as well.
    package var isForced: Bool

    package init(
      data: String? = nil, range: ByteRange? = nil, maxTokens: Int? = nil, window: Int? = nil, batchSize: Int? = nil,
      isForced: Bool = false
    ) {
      self.data = data
      self.range = range
      self.maxTokens = maxTokens
      self.window = window
      self.batchSize = batchSize
      self.isForced = isForced
    }
  }

  /// The longest window when nothing says how the model was trained.
  private static let longestDefaultWindow = 2048

  package let windows: EvaluationWindows

  /// - Parameters:
  ///   - modelPath: what the user called the model.
  ///   - report: gets lines on the progress of tokenising.
  /// - Throws: `EvaluationUsageError`, `CorpusError`, `RecipeError`, `TokenizerError`.
  package init(
    _ options: Options, model: OpenedModel, modelPath: String, report: (String) -> Void
  ) throws {
    // A packed file belongs to no run, wherever it lies.
    let recipe: Recipe? = if model.model.folder != nil { try Self.recipe(besides: model.url) } else { nil }
    let positions = model.architecture.maximumPositionEmbeddings
    let window = options.window ?? recipe?.training.maximumSequenceLength ?? min(positions, Self.longestDefaultWindow)
    guard window <= positions else { throw EvaluationUsageError.windowTooLong(window, positions: positions) }
    let validation = options.data == nil && options.range == nil
    let sources = recipe?.corpus?.sources ?? []
    if options.data == nil, sources.count > 1 { throw EvaluationUsageError.severalTexts(paths: sources.spokenPaths) }
    guard let path = options.data ?? recipe?.corpus?.path else {
      throw EvaluationUsageError.noData(model: modelPath)
    }
    guard let range = validation ? recipe?.corpus?.validation : options.range ?? ByteRange(0, nil) else {
      throw EvaluationUsageError.noValidation(path: path)
    }
    var lines = TokenizationLines()
    // The text of a run was looked at when it was trained on.
    let text = try TextCorpus(contentsOf: path, force: options.isForced || path == recipe?.corpus?.path)
    let corpus = try TokenCorpus(text, range: range, tokenizer: model.tokenizer()) { event in
      if let line = lines.line(event) { report(line) }
    }
    windows = try EvaluationWindows(
      corpus, sequenceLength: window, batchSize: options.batchSize ?? recipe?.training.batchSize ?? 8,
      maxTokens: options.maxTokens ?? (validation ? recipe?.training.evaluationTokens : nil))
  }

  /// What the windows cost the model: a checkpoint with masters as its training measures it, any other as it runs. The bits
  /// are the same where both are possible.
  /// - Throws: `InferenceError`; what is wrong with the weights.
  package func loss(of model: OpenedModel) throws -> LossSum {
    if model.adapter == nil, model.model.folder != nil, try !model.weights.holdsCodes {
      return try Evaluator(windows)(try Decoder(model.weights))
    }
    return try RuntimeEvaluator(windows: windows)(try model.runtime())
  }

  /// The recipe of the run that a checkpoint lies in; nil when it lies in none.
  private static func recipe(besides checkpoint: URL) throws -> Recipe? {
    let run = checkpoint.standardizedFileURL.deletingLastPathComponent()
    let path = run.appendingPathComponent("recipe.yaml").path
    guard FileManager.default.fileExists(atPath: path) else { return nil }
    return try Recipe(yaml: RecipeCatalog.read(path), file: path)
  }
}

/// Why it cannot be said what to evaluate on; found before any work.
package enum EvaluationUsageError: Error, CustomStringConvertible {
  case noData(model: String)
  case noValidation(path: String)
  case severalTexts(paths: String)
  case windowTooLong(Int, positions: Int)

  package var description: String {
    switch self {
    case .noData(let model):
      "\(model) lies in no folder of a pretraining run, so nothing says what text to evaluate on. Name one with --data."
    case .noValidation(let path):
      "the recipe of the run has no validation range in \(path). Give --range, or a text with --data."
    case .severalTexts(let paths):
      "the run learns from several texts (\(paths)). Name the one to evaluate on with --data, and its bytes with --range."
    case .windowTooLong(let window, let positions):
      "windows of \(window) tokens do not fit the model's \(positions) positions. Use --window \(positions)."
    }
  }
}

package enum EvaluationError: Error, CustomStringConvertible {
  case notFinite(path: String)

  package var description: String {
    switch self {
    case .notFinite(let path):
      "\(path): the loss is not finite: the weights are damaged, or training has diverged. Use an earlier checkpoint."
    }
  }
}
