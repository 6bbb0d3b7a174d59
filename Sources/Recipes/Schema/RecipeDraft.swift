import Architectures
import Datasets
import Tokenization
import Training

/// The values of all keys side by side, whatever the kind of the recipe: what is read key by key, and written so.
struct RecipeDraft: Sendable {
  var kind = Recipe.Kind.pretrain
  var outputDirectory = ""
  var from: String?
  var model = Architecture(
    vocabularySize: 256, hiddenSize: 64, hiddenLayerCount: 1, attentionHeadCount: 1, keyValueHeadCount: 1,
    intermediateSize: 64)
  /// Channels of a head; nil: `hidden_size / num_attention_heads`.
  var headDimension: Int?
  /// Biases of the query, key and value projections.
  var hasAttentionBias = false
  var tokenizer = TokenizerConfiguration()
  var sources: [DataSource] = []
  var corpus = CorpusConfiguration(path: "")
  var instructions = InstructionConfiguration(path: "")
  var chatTemplate: ChatTemplate?
  var lora = LoRAConfiguration()
  var lossType = RecipeLossType.likelihood
  var reduction = LossReduction.mean
  var preference = PreferenceLossConfiguration()
  /// Its beta is that of `preference`, for there is one key.
  var unpaired = UnpairedLossConfiguration()
  var training = TrainingConfiguration()
  var steps: Int?
  var minutes: Double?
  var epochs: Int?
  var samples = SampleConfiguration()
  /// They take less room than one checkpoint, and who has not written them cannot look at them later.
  var writesTensorBoard = true

  /// Whether a model to start from is named.
  private var hasFrom: Bool
  /// Whether the recipe says how the layers of such a model are to be quantised.
  private let convertsModel: Bool
  let hasLoRA: Bool
  /// Whether one of the keys that end a run is there.
  let hasLimit: Bool

  /// Whether the recipe describes the shape of a model of its own.
  var isNewModel: Bool { kind == .pretrain && !hasFrom }

  /// Whether the numerics of the layers are the recipe's own, and not those of a checkpoint.
  var hasNumerics: Bool { isNewModel || convertsModel }

  private static let attentionBiases: Set<Projection> = [.query, .key, .value]

  /// Whether a setting means anything to the loss of pairs.
  func losses(take setting: PreferenceLossSetting) -> Bool {
    (lossType.preferenceKind ?? preference.kind).takes(setting)
  }

  var writesSamples: Bool { !samples.prompts.isEmpty }
  var hasByteTokenizer: Bool { tokenizer.path == nil }
}

// MARK: - From a file

extension RecipeDraft {
  /// With the values that `reader` finds, and what is wrong with them in `reader`.
  init(_ reader: inout RecipeReader) {
    hasFrom = reader.isGiven("model.from")
    convertsModel = reader.isGiven("bitlinear.weight_quant")
    hasLoRA = reader.isGiven("lora")
    hasLimit = ["max_steps", "max_minutes", "max_epochs"].contains(where: reader.isGiven)
    for entry in RecipeSchema.entries { entry.read(&self, &reader) }
    for entry in RecipeSchema.entries { entry.fill(&self, reader) }
    // A value that is wrong still says which limit was meant.
    if reader.isGiven("max_steps") {
      steps = steps ?? 1
    } else if reader.isGiven("max_minutes") {
      minutes = minutes ?? 1
    }
  }

  var recipe: Recipe {
    var training = training
    training.limit = steps.map(TrainingLimit.steps) ?? minutes.map(TrainingLimit.minutes) ?? .steps(.max)
    return Recipe(
      task: task, outputDirectory: outputDirectory, model: source,
      conversion: convertsModel && !isNewModel ? model.bitLinear : nil, tokenizer: tokenizer,
      training: training, epochs: epochs, chatTemplate: chatTemplate, lora: hasLoRA ? lora : nil, samples: samples,
      writesTensorBoard: writesTensorBoard)
  }

  private var source: Recipe.ModelSource {
    guard isNewModel else { return .checkpoint(path: from ?? "") }
    var model = model
    model.vocabularySize = 256 + tokenizer.specialTokens.count
    model.headDimension = headDimension ?? model.hiddenSize / model.attentionHeadCount
    model.biases = hasAttentionBias ? Self.attentionBiases : []
    return .configuration(model)
  }

  private var task: Recipe.Task {
    var (corpus, instructions, preference, unpaired) = (corpus, instructions, preference, unpaired)
    (corpus.sources, instructions.sources) = (sources, sources)
    unpaired.beta = preference.beta
    preference.kind = lossType.preferenceKind ?? preference.kind
    return switch kind {
    case .pretrain: .pretrain(corpus)
    case .sft: .sft(instructions, reduction)
    case .dpo: .dpo(instructions, preference)
    case .kto: .kto(instructions, unpaired)
    }
  }
}

// MARK: - From a recipe

extension RecipeDraft {
  init(_ recipe: Recipe) {
    (kind, outputDirectory, training, epochs) = (recipe.kind, recipe.outputDirectory, recipe.training, recipe.epochs)
    (tokenizer, chatTemplate, samples) = (recipe.tokenizer, recipe.chatTemplate, recipe.samples)
    writesTensorBoard = recipe.writesTensorBoard
    hasLoRA = recipe.lora != nil
    if let lora = recipe.lora { self.lora = lora }
    hasLimit = true
    hasFrom = false
    convertsModel = recipe.conversion != nil
    if let numerics = recipe.conversion { model.bitLinear = numerics }
    switch recipe.model {
    case .checkpoint(let path): (from, hasFrom) = (path, true)
    case .configuration(let architecture):
      model = architecture
      let isUsual = model.headDimension * model.attentionHeadCount == model.hiddenSize
      headDimension = isUsual ? nil : model.headDimension
      hasAttentionBias = !model.biases.isEmpty
    }
    switch (recipe.epochs, recipe.training.limit) {
    case (.some, _): break
    case (nil, .steps(let count)): steps = count
    case (nil, .minutes(let count)): minutes = count
    }
    switch recipe.task {
    case .pretrain(let corpus): (self.corpus, sources) = (corpus, corpus.sources)
    case .sft(let instructions, let reduction):
      (self.instructions, sources, self.reduction) = (instructions, instructions.sources, reduction)
    case .dpo(let instructions, let preference):
      (self.instructions, sources, self.preference) = (instructions, instructions.sources, preference)
      lossType = RecipeLossType(preference.kind)
    case .kto(let instructions, let unpaired):
      (self.instructions, sources, self.unpaired) = (instructions, instructions.sources, unpaired)
      preference.beta = unpaired.beta
      lossType = .kto
    }
  }
}
