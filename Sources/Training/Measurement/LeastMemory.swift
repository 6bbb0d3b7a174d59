import FileFormats
import Foundation
import Kernels

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

  /// - Throws: `ModelTooLarge` when that is more than this process may have.
  public func requireMemory() throws { try requireMemory(of: MemoryLimit.bytes) }

  package func requireMemory(of availableBytes: Int) throws {
    guard leastMemoryBytes <= availableBytes else {
      throw ModelTooLarge(
        parameters: model.parameterCount, bytes: leastMemoryBytes, availableBytes: availableBytes,
        trainsAdapters: lora != nil)
    }
  }
}

/// A model that this machine cannot train, noticed before anything is allocated.
public struct ModelTooLarge: Error, Equatable, CustomStringConvertible {
  public let parameters: Int
  /// What its training needs at the very least.
  public let bytes: Int
  /// What the machine has, or the container or `ulimit -v` allow.
  public let availableBytes: Int
  public let trainsAdapters: Bool

  public var description: String {
    let size = String(
      format: "%.1f million parameters need more than %.1f GB to be trained like this", Double(parameters) / 1e6,
      Double(bytes) / 1e9)
    let memory = String(format: "this process may have %.1f GB of memory", Double(availableBytes) / 1e9)
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
