import Inference
import Architectures
import Datasets
import Foundation
import Recipes

/// What is evaluated: as the options say, and else as the recipe of the model's run.
struct EvaluationPlan {
  struct Options {
    var data: String?
    var range: ByteRange?
    var maxTokens: Int?
    var window: Int?
    var batchSize: Int?
  }

  /// The longest window when nothing says how the model was trained.
  private static let longestDefaultWindow = 2048

  let windows: EvaluationWindows

  /// - Parameter modelPath: what the user called the model.
  /// - Throws: `EvaluationUsageError`, `CorpusError`, `RecipeError`.
  init(_ options: Options, model: StoredModel, modelPath: String) throws {
    try self.init(options, model: OpenedModel(model), modelPath: modelPath)
  }

  /// - Throws: `EvaluationUsageError`, `CorpusError`, `RecipeError`, `TokenizerError`.
  init(_ options: Options, model: OpenedModel, modelPath: String) throws {
    // A packed file belongs to no run, wherever it lies.
    let recipe: Recipe? = if model.model.folder != nil { try Self.recipe(besides: model.url) } else { nil }
    let positions = model.architecture.maximumPositionEmbeddings
    let window = options.window ?? recipe?.training.maximumSequenceLength ?? min(positions, Self.longestDefaultWindow)
    guard window <= positions else { throw EvaluationUsageError.windowTooLong(window, positions: positions) }
    let validation = options.data == nil && options.range == nil
    guard let path = options.data ?? recipe?.corpus?.path else {
      throw EvaluationUsageError.noData(model: modelPath)
    }
    guard let range = validation ? recipe?.corpus?.validation : options.range ?? ByteRange(0, nil) else {
      throw EvaluationUsageError.noValidation(path: path)
    }
    var lines = TokenizationLines()
    let corpus = try TokenCorpus(TextCorpus(contentsOf: path), range: range, tokenizer: model.tokenizer()) { event in
      guard let line = lines.line(event) else { return }
      FileHandle.standardError.write(Data("\(line)\n".utf8))
    }
    windows = try EvaluationWindows(
      corpus, sequenceLength: window, batchSize: options.batchSize ?? recipe?.training.batchSize ?? 8,
      maxTokens: options.maxTokens ?? (validation ? recipe?.training.evaluationTokens : nil))
  }

  /// The recipe of the run that a checkpoint lies in; nil when it lies in none.
  private static func recipe(besides checkpoint: URL) throws -> Recipe? {
    let run = checkpoint.standardizedFileURL.deletingLastPathComponent()
    let path = run.appendingPathComponent("recipe.yaml").path
    guard FileManager.default.fileExists(atPath: path) else { return nil }
    return try Recipe(yaml: RecipeCatalog.read(path), file: path)
  }
}

enum EvaluationUsageError: UsageError, CustomStringConvertible {
  case noData(model: String)
  case noValidation(path: String)
  case windowTooLong(Int, positions: Int)

  var description: String {
    switch self {
    case .noData(let model):
      "\(model) lies in no folder of a pretraining run, so nothing says what text to evaluate on. Name one with --data."
    case .noValidation(let path):
      "the recipe of the run has no validation range in \(path). Give --range, or a text with --data."
    case .windowTooLong(let window, let positions):
      "windows of \(window) tokens do not fit the model's \(positions) positions. Use --window \(positions)."
    }
  }
}

enum EvaluationError: Error, CustomStringConvertible {
  case notFinite(path: String)

  var description: String {
    switch self {
    case .notFinite(let path):
      "\(path): the loss is not finite: the weights are damaged, or training has diverged. Use an earlier checkpoint."
    }
  }
}
