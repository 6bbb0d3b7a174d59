import Architectures
import Autograd
import FileFormats
import Foundation
import Models
import Tokenization
import Training

/// The model that fine-tuning starts from: with the tokens of the chat template, and with adapters if there are to be.
struct FineTuningModel {
  let model: Decoder
  let start: FineTuningStart
  /// Of the weights that are trained, or that adapters are trained on, new tokens included.
  let fingerprint: String
  private let recipe: Recipe

  /// - Throws: what `FineTuningStart` throws, `SafetensorsError`.
  init(_ recipe: Recipe) throws {
    start = try FineTuningStart(recipe)
    let (weights, added) = (start.model.weights, start.newRows)
    model = try Decoder(weights, training: recipe.lora == nil ? .everything : .adapters, numerics: recipe.conversion)
      .addingTokens(added, seed: recipe.training.seed)
    fingerprint = try added == 0 ? weights.weightsFingerprint() : model.weightsFingerprint()
    if let lora = recipe.lora { model.addAdapters(lora, seed: recipe.training.seed) }
    // Before anything is computed with it, such as the log-probabilities of a reference.
    MasterWeights.convert(model.parameters.filter(\.isTrainable), to: recipe.training.masterWeights.dataType)
    self.recipe = recipe
  }

  var tokenizer: any Tokenizer { start.tokenizer }
  var template: ChatTemplate { start.template }
  private var addedTokens: [String] { start.addedTokens }

  /// What a checkpoint of the run consists of besides its weights.
  func checkpointFiles() throws -> [String: Data] {
    guard let lora = recipe.lora else { return try modelFiles(recipe.training.masterWeights.dataType.rawValue) }
    let origin = AdapterOrigin(
      placement: lora.placement, baseFingerprint: try start.model.weights.layersFingerprint(),
      vocabularySize: model.architecture.vocabularySize)
    return try tokenizerFiles().merging(LoRAAdapter.files(lora, baseModel: basePath, origin: origin)) { $1 }
  }

  private func tokenizerFiles() throws -> [String: Data] {
    try tokenizer.files(maximumLength: model.architecture.maximumPositionEmbeddings, chatTemplate: template.jinja)
  }

  private func modelFiles(_ dataType: String) throws -> [String: Data] {
    var configuration = model.architecture
    if let end = tokenizer.endOfSequenceTokenID.map(Int.init), !configuration.endOfSequenceTokenIDs.contains(end) {
      configuration.endOfSequenceTokenID = end
    }
    var files = try tokenizerFiles()
    files[ModelFolder.configurationFileName] = try configuration.huggingFaceJSON(
      weightDataType: dataType, isPacked: model.holdsCodes)
    return files
  }

  /// Where the model lies that adapters belong to.
  private var basePath: String {
    if hasOwnBase { return URL(fileURLWithPath: recipe.outputDirectory).appendingPathComponent(Self.baseName).path }
    guard case .checkpoint(let path) = recipe.model else { return "" }
    return (try? ModelLocation(resolving: URL(fileURLWithPath: path)).url.path) ?? path
  }

  private static let baseName = "base"

  /// Adapters on a model that has got new tokens need that model beside them.
  private var hasOwnBase: Bool { recipe.lora != nil && start.newRows > 0 }

  /// Saves the model with its new tokens in the run folder, for adapters.
  func saveBase(in run: URL) throws {
    let url = run.appendingPathComponent(Self.baseName, isDirectory: true)
    guard hasOwnBase else { return }
    if FileSystem.exists(url) {
      // One that an interrupted run left behind may be of another model.
      if let left = try? ModelFolder(url).weightsFingerprint(), left == fingerprint { return }
      try FileManager.default.removeItem(at: url)
    }
    let isBFloat16 = model.namedParameters.allSatisfy {
      !$0.name.hasSuffix("proj.weight") || $0.parameter.value.dataType == .bfloat16
    }
    var files = try modelFiles(isBFloat16 ? "bfloat16" : "float32")
    if let unfinished = start.model.unfinishedQuantization {
      files[UnfinishedQuantization.fileName] = try unfinished.serialized()
    }
    try model.save(to: url, files: files)
  }

  /// Facts for a run that is resumed.
  var facts: [String: String] {
    var facts = [
      "model.from weights": fingerprint, "chat_template": template.isBuiltIn ? template.name : template.jinja,
    ]
    if let lora = recipe.lora {
      facts["lora"] =
        "\(lora.placement.rawValue), rank \(lora.rank), alpha \(lora.alpha), dropout \(lora.dropout), "
        + "targets \(lora.targets.map(\.rawValue).joined(separator: " ")), rslora \(lora.usesRankStabilization)"
    }
    return facts
  }

  var summary: [String] {
    var lines = start.model.startNotes
    if !addedTokens.isEmpty {
      lines.append(
        "new tokens: \(addedTokens.joined(separator: " ")), each with a row in the embedding"
          + (hasOwnBase ? "; the adapters' model is saved as \(Self.baseName)/ in the run folder" : ""))
    }
    if recipe.lora != nil {
      let trained = model.adapterParameters.reduce(0) { $0 + $1.parameter.shape.count }
      lines.append("LoRA: \(trained) of \(model.architecture.parameterCount + trained) parameters are trained")
    }
    return lines
  }
}
