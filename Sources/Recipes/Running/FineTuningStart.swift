import Architectures
import Datasets
import Foundation
import Tokenization
import Training

/// What a fine-tuning recipe starts from, before any weight is read.
struct FineTuningStart {
  let folder: ModelFolder
  /// With the special tokens that the chat template needs.
  let tokenizer: ByteTokenizer
  let template: ChatTemplate
  /// Special tokens that the model did not have.
  let addedTokens: [String]
  private let training: TrainingConfiguration

  /// - Throws: `StartingModelError`, `ModelFolderError` and what else opening a model throws, `TokenizerError`.
  init(_ recipe: Recipe) throws {
    guard case .checkpoint(let path) = recipe.model else {
      preconditionFailure("a fine-tuning recipe starts from a checkpoint, got \(recipe.model)")
    }
    folder = try StartingModelError.folder(path)
    let old = try ByteTokenizer(folder: folder.url)
    try StartingModelError.check(
      folder.architecture, path: path, vocabularySize: old.vocabularySize,
      sequenceLength: recipe.training.maximumSequenceLength)
    template = try recipe.chatTemplate ?? Self.template(of: folder, path: path)
    tokenizer = try old.adding(specialTokens: template.specialTokens, endOfSequence: template.endToken)
    addedTokens = tokenizer.specialTokens.dropFirst(old.specialTokens.count).map(\.text)
    training = recipe.training
  }

  /// - Throws: what reading the file throws: `InstructionDataError`, `CorpusError`.
  func examples(_ data: InstructionConfiguration, _ part: DatasetPart) throws -> InstructionDataset {
    try InstructionDataset(
      data, tokenizer: tokenizer, template: template, maximumSequenceLength: training.maximumSequenceLength,
      seed: training.seed, part: part)
  }

  /// - Throws: what reading the file throws: `InstructionDataError`, `CorpusError`.
  func pairs(_ data: InstructionConfiguration, _ part: DatasetPart) throws -> PreferenceDataset {
    try PreferenceDataset(
      data, tokenizer: tokenizer, template: template, maximumSequenceLength: training.maximumSequenceLength,
      seed: training.seed, part: part)
  }

  private static func template(of folder: ModelFolder, path: String) throws -> ChatTemplate {
    guard let template = try ChatTemplate(folder: folder.url) else {
      throw StartingModelError.noTemplate(path: path)
    }
    return template
  }
}
