import Architectures
import Foundation
import Inference

/// What a service takes of the memory when all of its sequences have grown to their limits, from the sizes of its model.
public struct MemoryPlan: Equatable, Sendable {
  /// The program, its tokenizer, and what threads need to compute with; measured.
  package static let programBytes = 64 << 20

  /// The weights as they lie in memory.
  public let modelBytes: Int
  /// The program, one forward pass, and the answers that are kept.
  public let sharedBytes: Int
  /// Keys and values of a sequence of as many tokens as the context holds, and its logits.
  public let slotBytes: Int
  public let slots: Int
  /// Of each slot.
  public let contextLimit: Int

  public var totalBytes: Int { modelBytes + sharedBytes + slots * slotBytes }

  /// What a configuration takes, whatever there is.
  public init(_ model: RuntimeModel, _ configuration: EngineConfiguration) {
    contextLimit = configuration.contextLimit(of: model)
    modelBytes = model.weightBytes
    sharedBytes =
      Self.programBytes + configuration.responseCacheBytes
      + ForwardPass.workingBytes(model, rowCapacity: configuration.rowCapacity)
    // Logits are computed, and then dealt to the choices.
    slotBytes =
      model.keyValueBytes(positionLimit: contextLimit, precision: configuration.keyValues)
      + 2 * 4 * model.vocabularySize
    slots = configuration.slots
  }

  /// The slots of a configuration, or as many of them as there is memory for.
  /// - Parameter isExact: all of them are needed.
  /// - Throws: `MemoryPlanError` where the memory holds too few.
  public init(
    _ model: RuntimeModel, _ configuration: EngineConfiguration, within limitBytes: Int, isExact: Bool = false
  ) throws {
    var configuration = configuration
    let most = MemoryPlan(model, configuration)
    let fitting = max(0, limitBytes - most.modelBytes - most.sharedBytes) / most.slotBytes
    let least = isExact ? configuration.slots : 1
    guard fitting >= least else {
      configuration.slots = least
      throw MemoryPlanError.tooLittle(needed: MemoryPlan(model, configuration), limitBytes: limitBytes)
    }
    configuration.slots = min(fitting, configuration.slots)
    self.init(model, configuration)
  }

  /// Refuses a model before it is loaded, where not even its weights have room: in the smallest form that memory holds them in.
  /// - Throws: `MemoryPlanError`.
  package static func requireRoom(for architecture: Architecture, within limitBytes: Int) throws {
    let ternary = architecture.quantizedParameters.reduce(0) { $0 + $1.elementCount }
    let least = ternary / 5 + architecture.parameterCount - ternary
    guard least < limitBytes else {
      throw MemoryPlanError.modelTooLarge(leastBytes: least, limitBytes: limitBytes)
    }
  }
}

/// Why a service cannot be run in the memory that it may have.
public enum MemoryPlanError: Error, Equatable, Sendable, CustomStringConvertible {
  case tooLittle(needed: MemoryPlan, limitBytes: Int)
  /// Noticed before the weights were loaded.
  case modelTooLarge(leastBytes: Int, limitBytes: Int)
  /// More is asked for than the machine, the container or `ulimit -v` allow.
  case limitBeyondMachine(limitBytes: Int, availableBytes: Int)

  public var description: String {
    switch self {
    case .tooLittle(let needed, let limitBytes):
      "the model and \(Self.sequences(needed.slots)) of \(needed.contextLimit) tokens need \(Self.text(needed.totalBytes)) "
        + "(model \(Self.text(needed.modelBytes)), a sequence \(Self.text(needed.slotBytes)), all else "
        + "\(Self.text(needed.sharedBytes))), and the limit is \(Self.text(limitBytes)). Lower --context-limit or --slots, "
        + "raise --memory-limit, choose a larger --profile or a smaller model."
    case .modelTooLarge(let leastBytes, let limitBytes):
      "the weights of the model need \(Self.text(leastBytes)) at the very least, and the limit is "
        + "\(Self.text(limitBytes)). Raise --memory-limit, choose a larger --profile or a smaller model."
    case .limitBeyondMachine(let limitBytes, let availableBytes):
      "--memory-limit is \(Self.text(limitBytes)), and this process may have \(Self.text(availableBytes)) (machine, "
        + "container, ulimit -v). Lower it, or leave it out."
    }
  }

  private static func sequences(_ count: Int) -> String { count == 1 ? "one sequence" : "\(count) sequences" }

  private static func text(_ bytes: Int) -> String { String(format: "%.1f MB", Double(bytes) / 1e6) }
}
