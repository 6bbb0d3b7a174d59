import Inference
import Datasets
import FileFormats
import Foundation
import Recipes
import Tokenization

/// The data of a fine-tuning recipe, as `bitnet data preview` shows it.
package struct FineTuningPreview {
  package enum Marking {
    case color
    case quotes
  }

  private enum Training {
    case instructions(InstructionDataset)
    case preferences(PreferenceDataset)
    case labelledAnswers(UnpairedDataset)
  }

  private let tokenizer: any Tokenizer
  private let training: Training
  /// Of the training rows, and of the validation rows if there are any.
  package private(set) var totals: [PreviewTotals]

  /// - Throws: what is wrong with the rows.
  package init(_ recipe: Recipe, _ instructions: InstructionConfiguration) throws {
    let template = try Self.template(of: recipe)
    let tokenizer = try Self.tokenizer(of: recipe).adding(
      specialTokens: template.specialTokens, endOfSequence: template.endToken)
    // Over-long rows are to be counted here even where training refuses them.
    var configuration = instructions
    if configuration.overlong == .error { configuration.overlong = .drop }
    let (settings, length, seed) = (configuration, recipe.training.maximumSequenceLength, recipe.training.seed)
    let hasValidation = instructions.validationPath != nil || instructions.validationFraction != nil
    let parts: [DatasetPart] = hasValidation ? [.training, .validation] : [.training]
    let refuses = instructions.overlong == .error
    switch recipe.kind {
    case .dpo:
      let datasets = try parts.map { part in
        try PreferenceDataset(
          settings, tokenizer: tokenizer, template: template, maximumSequenceLength: length, seed: seed, part: part)
      }
      training = .preferences(datasets[0])
      totals = zip(parts, datasets).map { PreviewTotals($0, $1.path, $1.statistics, refusesOverlong: refuses) }
    case .kto:
      let datasets = try parts.map { part in
        try UnpairedDataset(
          settings, tokenizer: tokenizer, template: template, maximumSequenceLength: length, seed: seed, part: part)
      }
      training = .labelledAnswers(datasets[0])
      totals = zip(parts, datasets).map { PreviewTotals($0, $1.path, $1.statistics, refusesOverlong: refuses) }
    case .pretrain, .sft:
      let datasets = try parts.map { part in
        try InstructionDataset(
          settings, tokenizer: tokenizer, template: template, maximumSequenceLength: length, seed: seed, part: part)
      }
      training = .instructions(datasets[0])
      totals = zip(parts, datasets).map { PreviewTotals($0, $1.path, $1.statistics, refusesOverlong: refuses) }
      if instructions.isPacked {
        let packed = PackedInstructionBatches(datasets[0], batchSize: 1, seed: seed)
        totals[0].pack(into: packed.samplesPerEpoch, sequenceLength: length)
      }
    }
    self.tokenizer = tokenizer
  }

  /// Rows that can be shown.
  package var count: Int {
    switch training {
    case .instructions(let dataset): dataset.count
    case .preferences(let dataset): dataset.count
    case .labelledAnswers(let dataset): dataset.count
    }
  }

  /// The tokens of a row as text, with the trained part marked.
  package func text(_ number: Int, marking: Marking) throws -> String {
    switch training {
    case .instructions(let dataset):
      return "\(try dataset.spokenPlace(number)): \(try text(dataset[number], marking))"
    case .preferences(let dataset):
      let pair = try dataset[number]
      return """
        \(try dataset.spokenPlace(number)), chosen:   \(try text(pair.chosen, marking))
        \(try dataset.spokenPlace(number)), rejected: \(try text(pair.rejected, marking))
        """
    case .labelledAnswers(let dataset):
      let answer = try dataset[number]
      return
        "\(try dataset.spokenPlace(number)), \(answer.isDesirable ? "good" : "bad"): \(try text(answer.example, marking))"
    }
  }

  private func text(_ example: TokenizedExample, _ marking: Marking) throws -> String {
    var result = ""
    var start = 0
    while start < example.tokens.count {
      let isTrained = example.isTrained[start]
      let end = example.isTrained[start...].firstIndex(of: !isTrained) ?? example.tokens.count
      let text = String(decoding: try tokenizer.decode(example.tokens[start..<end]), as: UTF8.self).safeForTerminal
        .replacing("\n", with: "⏎\n")
      switch (isTrained, marking) {
      case (false, _): result += text
      case (true, .color): result += "\u{1B}[32m\(text)\u{1B}[0m"
      case (true, .quotes): result += "«\(text)»"
      }
      start = end
    }
    return result
  }

  private static func template(of recipe: Recipe) throws -> ChatTemplate {
    if let template = recipe.chatTemplate { return template }
    if case .checkpoint(let path) = recipe.model, let opened = try? OpenedModel(path) {
      if let template = try opened.chatTemplate() { return template }
    }
    throw PreviewError.noTemplate(recipe: recipe.outputDirectory)
  }

  /// That of the model, once it is there.
  private static func tokenizer(of recipe: Recipe) throws -> any Tokenizer {
    if case .checkpoint(let path) = recipe.model, let opened = try? OpenedModel(path) { return try opened.tokenizer() }
    return try ByteTokenizer(recipe.tokenizer)
  }
}

/// Why there is nothing to preview.
package enum PreviewError: Error, CustomStringConvertible {
  case notFineTuning(recipe: String)
  case noTemplate(recipe: String)

  package var description: String {
    switch self {
    case .notFineTuning(let recipe):
      "\(recipe): learns from plain text. `bitnet data stats FILE` shows what a text consists of."
    case .noTemplate:
      """
      Neither the recipe nor its model says how conversations are written. Set chat_template to one of \
      \(ChatTemplate.builtInNames), or to the path of a .jinja file.
      """
    }
  }
}
