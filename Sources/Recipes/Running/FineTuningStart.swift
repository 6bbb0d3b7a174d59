import Architectures
import Datasets
import Foundation
import Tokenization
import Training

/// What a fine-tuning recipe starts from, before any weight is read.
struct FineTuningStart {
  let model: StoredModel
  /// With the special tokens that the chat template needs.
  let tokenizer: any Tokenizer
  let template: ChatTemplate
  /// Special tokens that the model did not have.
  let addedTokens: [String]
  /// Rows that the embedding lacks for them.
  let newRows: Int
  private let training: TrainingConfiguration

  /// - Throws: `StartingModelError`, `ModelFolderError` and what else opening a model throws, `TokenizerError`.
  init(_ recipe: Recipe) throws {
    guard case .checkpoint(let path) = recipe.model else {
      preconditionFailure("a fine-tuning recipe starts from a checkpoint, got \(recipe.model)")
    }
    model = try StartingModelError.model(path)
    let old = try model.tokenizer()
    try StartingModelError.check(
      model.architecture, path: path, tokens: old.vocabularySize,
      sequenceLength: recipe.training.maximumSequenceLength)
    guard let template = try recipe.chatTemplate ?? model.chatTemplate() else {
      throw StartingModelError.noTemplate(path: path)
    }
    self.template = template
    tokenizer = try old.adding(specialTokens: template.specialTokens, endOfSequence: template.endToken)
    let known = Set(old.specialTokens.map(\.text))
    addedTokens = tokenizer.specialTokens.map(\.text).filter { !known.contains($0) }
    newRows = max(0, tokenizer.vocabularySize - model.architecture.vocabularySize)
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

  /// - Throws: what reading the file throws: `InstructionDataError`, `CorpusError`.
  func labelledAnswers(_ data: InstructionConfiguration, _ part: DatasetPart) throws -> UnpairedDataset {
    try UnpairedDataset(
      data, tokenizer: tokenizer, template: template, maximumSequenceLength: training.maximumSequenceLength,
      seed: training.seed, part: part)
  }
}
