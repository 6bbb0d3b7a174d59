import Architectures
import Autograd
import Models

/// What the steps of a run consist of, apart from its data.
public struct TrainingWorkload: Sendable {
  public var model: Architecture
  public var training: TrainingConfiguration
  /// Adapters on a frozen model; nil: all weights are trained.
  public var lora: LoRAConfiguration?
  /// The format that frozen matrices have.
  public var frozenDataType: MasterWeightsConfiguration.DataType
  /// 1, or 2 where each example is a pair of answers or has another one to its prompt beside it.
  public var sequencesPerExample: Int

  public init(
    model: Architecture, training: TrainingConfiguration, lora: LoRAConfiguration? = nil,
    frozenDataType: MasterWeightsConfiguration.DataType = .float32, sequencesPerExample: Int = 1
  ) {
    (self.model, self.training, self.lora) = (model, training, lora)
    (self.frozenDataType, self.sequencesPerExample) = (frozenDataType, sequencesPerExample)
  }

  /// Sequences of full length that a micro-batch has at most.
  public var sequencesPerMicroBatch: Int { training.batchSize * sequencesPerExample }

  /// Tokens of a step at most.
  public var tokensPerStep: Int {
    sequencesPerMicroBatch * training.maximumSequenceLength * training.gradientAccumulationSteps
  }

  /// Trained numbers of the adapters.
  public var adapterParameterCount: Int {
    guard let lora else { return 0 }
    return model.parameters
      .filter { parameter in lora.targets.contains { parameter.name.hasSuffix(".\($0.rawValue).weight") } }
      .reduce(0) { $0 + lora.rank * ($1.shape[0] + $1.shape[1]) }
  }

  /// A model with random weights.
  func makeModel() -> Decoder {
    let made = Decoder(model, seed: training.seed)
    guard let lora else { return made }
    made.addAdapters(lora, seed: training.seed)
    if frozenDataType == .bfloat16 {
      for parameter in made.parameters where !parameter.isTrainable && parameter.shape.rank == 2 {
        parameter.replaceValue(adopting: parameter.value.bfloat16)
      }
    }
    return made
  }
}
