import Architectures
import Datasets
import Foundation
import Kernels
import Tokenization
import Training

/// A complete description of a run, as read from a YAML file.
public struct Recipe: Equatable, Sendable {
  public enum Kind: String, CaseIterable, Sendable {
    case pretrain
    /// Supervised fine-tuning on instructions and answers.
    case sft
    /// Direct preference optimisation on pairs of answers, and its relatives.
    case dpo
    /// Kahneman-Tversky optimisation on answers that are good or bad.
    case kto

    static let fineTuning: [Kind] = [.sft, .dpo, .kto]
  }

  /// What is learnt from which data.
  public enum Task: Equatable, Sendable {
    /// The next token of plain text.
    case pretrain(CorpusConfiguration)
    /// The answers of examples in JSON.
    case sft(InstructionConfiguration, LossReduction)
    /// To prefer one of two answers.
    case dpo(InstructionConfiguration, PreferenceLossConfiguration)
    /// To prefer good answers to bad ones.
    case kto(InstructionConfiguration, UnpairedLossConfiguration)
  }

  public enum ModelSource: Equatable, Sendable {
    /// A new model, randomly initialised.
    case configuration(Architecture)
    /// The weights and the shape of a checkpoint folder.
    case checkpoint(path: String)
  }

  public var task: Task
  /// The run folder.
  public var outputDirectory: String
  public var model: ModelSource
  /// How the layers of a checkpoint are quantised from now on; nil: as it says itself.
  public var conversion: BitLinearConfiguration?
  public var tokenizer: TokenizerConfiguration
  public var training: TrainingConfiguration
  /// Passes over the examples, which take the place of `training.limit` once their number is known.
  public var epochs: Int?
  /// nil: the one of the model.
  public var chatTemplate: ChatTemplate?
  /// Trains adapters on a frozen model; nil: trains all weights.
  public var lora: LoRAConfiguration?
  public var samples: SampleConfiguration
  /// Whether a run writes event files for TensorBoard.
  public var writesTensorBoard: Bool

  public init(
    task: Task, outputDirectory: String, model: ModelSource, conversion: BitLinearConfiguration? = nil,
    tokenizer: TokenizerConfiguration = TokenizerConfiguration(),
    training: TrainingConfiguration = TrainingConfiguration(), epochs: Int? = nil,
    chatTemplate: ChatTemplate? = nil, lora: LoRAConfiguration? = nil,
    samples: SampleConfiguration = SampleConfiguration(), writesTensorBoard: Bool = true
  ) {
    self.task = task
    self.outputDirectory = outputDirectory
    self.model = model
    self.conversion = conversion
    self.tokenizer = tokenizer
    self.training = training
    self.epochs = epochs
    self.chatTemplate = chatTemplate
    self.lora = lora
    self.samples = samples
    self.writesTensorBoard = writesTensorBoard
  }

  public var kind: Kind {
    switch task {
    case .pretrain: .pretrain
    case .sft: .sft
    case .dpo: .dpo
    case .kto: .kto
    }
  }

  /// The text of a pretraining recipe.
  public var corpus: CorpusConfiguration? {
    guard case .pretrain(let corpus) = task else { return nil }
    return corpus
  }

  /// The examples of a fine-tuning recipe.
  public var instructions: InstructionConfiguration? {
    switch task {
    case .pretrain: nil
    case .sft(let instructions, _), .dpo(let instructions, _), .kto(let instructions, _): instructions
    }
  }

  /// The loss of pairs of answers.
  public var preference: PreferenceLossConfiguration? {
    guard case .dpo(_, let loss) = task else { return nil }
    return loss
  }
}

// MARK: - Reading

extension Recipe {
  /// Reads a recipe from YAML text.
  /// - Parameters:
  ///   - file: how error messages call the text.
  ///   - overrides: changes of the form `key.path=value`, applied in order before anything is checked.
  /// - Throws: `RecipeError` with every problem found.
  public init(yaml: String, file: String, overrides: [String] = []) throws {
    self = try RecipeDecoder(file: file).decode(yaml, overrides: overrides)
  }

  /// Reads the recipe at `path`, a file or a name that `RecipeCatalog.standard` knows.
  /// - Throws: `RecipeError` with every problem found; `RecipeCatalogError` when there is no such file.
  public static func load(_ path: String, overrides: [String] = []) throws -> Recipe {
    let file = try RecipeCatalog.standard.locate(path)
    return try Recipe(yaml: RecipeCatalog.read(file), file: file, overrides: overrides)
  }
}
