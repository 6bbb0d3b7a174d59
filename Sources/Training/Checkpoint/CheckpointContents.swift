import Architectures
import Autograd

/// Which parameters a checkpoint stores, where and under which names.
public enum CheckpointContents: Sendable {
  /// All of them: a Hugging Face model folder.
  case model
  /// The trainable ones: a PEFT adapter folder.
  case adapter

  var fileName: String {
    switch self {
    case .model: ModelFolder.weightsFileName
    case .adapter: LoRAAdapter.weightsFileName
    }
  }

  /// The parameters with the names they have in the file.
  func parameters(of model: any Module) -> [(name: String, parameter: Parameter)] {
    switch self {
    case .model: model.namedParameters
    case .adapter:
      model.namedParameters.filter(\.parameter.isTrainable).map { (LoRAAdapter.key(ofFactor: $0.name), $0.parameter) }
    }
  }
}
