import FileFormats
import Foundation

extension TrainingWorkload {
  /// What weights, codes, gradients and optimiser state take, whatever the shape of a batch.
  ///
  /// A run needs more than this.
  public var leastMemoryBytes: Int {
    let perTrained = training.bytesPerTrained
    guard lora != nil else { return model.parameterCount * perTrained + codeBytes }
    return model.parameterCount * frozenDataType.byteCount + codeBytes + adapterParameterCount * perTrained
  }

  private var codeBytes: Int {
    model.quantizedParameters.reduce(0) { $0 + $1.shape.reduce(1, *) }
  }

  /// - Throws: `ModelTooLarge` when that is more than the machine has.
  public func requireMemory(of physicalBytes: UInt64 = ProcessInfo.processInfo.physicalMemory) throws {
    guard UInt64(leastMemoryBytes) <= physicalBytes else {
      throw ModelTooLarge(
        parameters: model.parameterCount, bytes: leastMemoryBytes, physicalBytes: physicalBytes,
        trainsAdapters: lora != nil)
    }
  }
}

/// A model that this machine cannot train, noticed before anything is allocated.
public struct ModelTooLarge: Error, Equatable, CustomStringConvertible {
  public let parameters: Int
  /// What its training needs at the very least.
  public let bytes: Int
  /// What the machine has.
  public let physicalBytes: UInt64
  public let trainsAdapters: Bool

  public var description: String {
    let size = String(
      format: "%.1f million parameters need more than %.1f GB to be trained like this", Double(parameters) / 1e6,
      Double(bytes) / 1e9)
    let memory = String(format: "this machine has %.1f GB of memory", Double(physicalBytes) / 1e9)
    let advice = trainsAdapters ? "" : ", or adapters alone on one that is trained already (lora)"
    return "\(size), and \(memory). Train a smaller model\(advice)."
  }
}

extension TrainingConfiguration {
  /// The weight, its gradient and what the optimiser keeps in float32, and what Kahan rounding carries along.
  fileprivate var bytesPerTrained: Int {
    masterWeights.dataType.byteCount + 4 + optimizer.kind.stateCount * 4 + (masterWeights.needsCompensation ? 2 : 0)
  }
}

extension MasterWeightsConfiguration.DataType {
  fileprivate var byteCount: Int {
    switch self {
    case .bfloat16: 2
    case .float32: 4
    }
  }
}
