import Datasets
import Foundation
import ModelFormats
import Tokenization
import Training

/// A complete description of a run, as read from a YAML file.
public struct Recipe: Equatable, Sendable {
  public enum Kind: String, CaseIterable, Sendable {
    case pretrain
    /// Reserved: refused by this version.
    case sft
    /// Reserved: refused by this version.
    case dpo
  }

  public enum ModelSource: Equatable, Sendable {
    /// A new model, randomly initialised.
    case configuration(ModelConfiguration)
    /// The weights and the shape of a checkpoint folder.
    case checkpoint(path: String)
  }

  public var kind: Kind
  /// The run folder.
  public var outputDirectory: String
  public var model: ModelSource
  public var tokenizer: TokenizerConfiguration
  public var dataset: CorpusConfiguration
  public var training: TrainingConfiguration

  public init(
    kind: Kind = .pretrain, outputDirectory: String, model: ModelSource,
    tokenizer: TokenizerConfiguration = TokenizerConfiguration(), dataset: CorpusConfiguration,
    training: TrainingConfiguration = TrainingConfiguration()
  ) {
    self.kind = kind
    self.outputDirectory = outputDirectory
    self.model = model
    self.tokenizer = tokenizer
    self.dataset = dataset
    self.training = training
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
