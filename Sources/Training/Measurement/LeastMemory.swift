import Foundation
import ModelFormats

extension TrainingWorkload {
  /// What weights, codes, gradients and optimiser state take, whatever the shape of a batch: a run needs more than this.
  public var leastMemoryBytes: Int {
    let total = model.parameterCount
    let codes = model.parameters.filter(\.kind.isQuantized).reduce(0) { $0 + $1.shape.reduce(1, *) }
    guard lora == nil else {
      return total * frozenDataType.byteCount + codes + adapterParameterCount * training.masterWeights.bytesPerTrained
    }
    return total * training.masterWeights.bytesPerTrained + codes
  }

  /// - Throws: `ModelTooLarge` when that is more than the machine has.
  public func requireMemory(of physicalBytes: UInt64 = ProcessInfo.processInfo.physicalMemory) throws {
    guard UInt64(leastMemoryBytes) <= physicalBytes else {
      throw ModelTooLarge(parameters: model.parameterCount, bytes: leastMemoryBytes, physicalBytes: physicalBytes)
    }
  }
}

/// A model that this machine cannot train, noticed before anything is allocated.
public struct ModelTooLarge: Error, Equatable, CustomStringConvertible {
  public let parameters: Int
  /// What the run needs at the very least.
  public let bytes: Int
  /// What the machine has.
  public let physicalBytes: UInt64

  public var description: String {
    String(
      format: "a model of %.1f million parameters needs more than %.1f GB to be trained like this, and this machine has "
        + "%.1f GB of memory. Choose a smaller model.hidden_size or model.num_hidden_layers, or train adapters alone "
        + "(lora); bitnet plan tells what a recipe needs.",
      Double(parameters) / 1e6, Double(bytes) / 1e9, Double(physicalBytes) / 1e9)
  }
}

extension MasterWeightsConfiguration {
  /// The weight, its gradient and two moments in float32, and what Kahan rounding carries along.
  fileprivate var bytesPerTrained: Int { dataType.byteCount + 4 + 2 * 4 + (needsCompensation ? 2 : 0) }
}

extension MasterWeightsConfiguration.DataType {
  fileprivate var byteCount: Int {
    switch self {
    case .bfloat16: 2
    case .float32: 4
    }
  }
}
