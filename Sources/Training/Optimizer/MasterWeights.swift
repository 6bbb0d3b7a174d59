import Autograd
import Kernels

/// The trainable parameters of a model as optimisers see them: kept in the format of the configuration, and changed in
/// float32 with whatever rounding that format needs.
///
/// bfloat16 masters need `stochastic` or `kahan` rounding to learn: a relative update below 2⁻⁹ is lost when it is
/// rounded to nearest. Frozen parameters are not among them.
public final class MasterWeights {
  /// One trainable parameter.
  public struct Entry {
    public let name: String
    public let parameter: Parameter
    /// Among all parameters of the model; part of the key of stochastic rounding.
    let position: Int
    /// What rounding lost, in bfloat16; with `kahan` rounding only.
    let compensation: OptimizerTensor?
  }

  public let configuration: MasterWeightsConfiguration
  public let entries: [Entry]
  let seed: UInt64

  /// Brings the trainable parameters to the data type of the configuration.
  /// - Parameters:
  ///   - parameters: all parameters of a model with their names, the frozen ones included.
  ///   - seed: of stochastic rounding.
  public init(
    _ parameters: [(name: String, parameter: Parameter)], configuration: MasterWeightsConfiguration, seed: UInt64
  ) {
    self.configuration = configuration
    self.seed = seed
    entries = parameters.enumerated().filter(\.element.parameter.isTrainable).map { position, element in
      let parameter = element.parameter
      Self.convert([parameter], to: configuration.dataType)
      let compensation =
        configuration.needsCompensation
        ? OptimizerTensor(name: "compensation/" + element.name, tensor: Tensor.zeros(parameter.shape).bfloat16) : nil
      return Entry(name: element.name, parameter: parameter, position: position, compensation: compensation)
    }
  }

  public var parameters: [(name: String, parameter: Parameter)] { entries.map { ($0.name, $0.parameter) } }

  /// What rounding keeps between steps: part of the state of whatever optimiser uses this.
  public var state: [OptimizerTensor] { entries.compactMap(\.compensation) }

  /// Gives parameters the data type of the master weights.
  package static func convert(_ parameters: [Parameter], to dataType: MasterWeightsConfiguration.DataType) {
    for parameter in parameters {
      switch (parameter.value.dataType, dataType) {
      case (.float32, .bfloat16): parameter.replaceValue(adopting: parameter.value.bfloat16)
      case (.bfloat16, .float32): parameter.replaceValue(adopting: parameter.value.float32)
      default: break
      }
    }
  }
}

/// Some elements of a parameter, in row-major order, while they are updated.
public struct WeightUpdate {
  /// Which of the parameter's elements these are: index `i` of the others is element `elements.lowerBound + i`.
  public let elements: Range<Int>
  /// The weights before the update.
  public let weights: UnsafePointer<Float>
  /// Gets what is to be added to each weight.
  public let changes: UnsafeMutablePointer<Float>
}

extension MasterWeights {
  /// Adds to the weights of a parameter what `change` computes, rounded as the configuration has it.
  ///
  /// Elements must not depend on each other; then the result does not depend on the number of threads.
  /// - Parameters:
  ///   - step: optimiser steps done before this one; part of the key of stochastic rounding.
  ///   - change: is called for parts of the parameter, on several threads at once.
  public func update(_ entry: Entry, step: Int, _ change: (WeightUpdate) -> Void) {
    let stream = AdamWUpdate.roundingStream(parameter: entry.position, step: step)
    entry.parameter.update { value in
      ThreadPool.current.forEachRange(
        of: value.shape.count, multipleOf: Self.chunk, minimumPerThread: 8192
      ) { range in
        withUnsafeTemporaryAllocation(of: Float.self, capacity: 2 * Self.chunk) { scratch in
          for first in stride(from: range.lowerBound, to: range.upperBound, by: Self.chunk) {
            let elements = first..<min(first + Self.chunk, range.upperBound)
            let weights = scratch.baseAddress!
            let update = WeightUpdate(elements: elements, weights: weights, changes: weights + Self.chunk)
            load(value, elements, into: weights)
            change(update)
            store(update, to: value, compensation: entry.compensation?.tensor, stream: stream)
          }
        }
      }
    }
  }

  /// A multiple of 8, the elements of one Philox block; what it takes stays in the first-level cache.
  private static let chunk = 1024

  private func load(_ value: Tensor, _ elements: Range<Int>, into weights: UnsafeMutablePointer<Float>) {
    switch configuration.dataType {
    case .float32: weights.update(from: value.floats + elements.lowerBound, count: elements.count)
    case .bfloat16:
      let from = value.bfloats + elements.lowerBound
      for index in 0..<elements.count { weights[index] = from[index].floatValue }
    }
  }

  /// The bits are those of the kernels of `AdamWUpdate` for the same change.
  private func store(_ update: WeightUpdate, to value: Tensor, compensation: Tensor?, stream: UInt64) {
    let (first, count) = (update.elements.lowerBound, update.elements.count)
    let (weights, changes) = (update.weights, update.changes)
    switch (configuration.dataType, configuration.rounding) {
    case (.float32, _):
      let to = value.floats + first
      for index in 0..<count { to[index] = weights[index] + changes[index] }
    case (.bfloat16, .nearest):
      let to = value.bfloats + first
      for index in 0..<count { to[index] = BFloat16(weights[index] + changes[index]) }
    case (.bfloat16, .stochastic):
      let to = value.bfloats + first
      for block in stride(from: 0, to: count, by: 8) {
        let noise = Self.noise(seed: seed, stream: stream, block: (first + block) / 8)
        for index in block..<min(block + 8, count) {
          let sum = (weights[index] + changes[index]).bitPattern &+ UInt32(noise[index - block])
          to[index] = BFloat16(bitPattern: UInt16(truncatingIfNeeded: sum >> 16))
        }
      }
    case (.bfloat16, .kahan):
      guard let lost = compensation.map({ $0.bfloats + first }) else { return }
      let to = value.bfloats + first
      for index in 0..<count {
        let change = lost[index].floatValue + changes[index]
        to[index] = BFloat16(weights[index] + change)
        lost[index] = BFloat16(change - (to[index].floatValue - weights[index]))
      }
    }
  }

  /// The half-words of a Philox block.
  private static func noise(seed: UInt64, stream: UInt64, block: Int) -> SIMD8<UInt16> {
    unsafeBitCast(Philox.block(seed: seed, stream: stream, index: UInt64(block)), to: SIMD8<UInt16>.self)
  }
}

extension MasterWeightsConfiguration {
  var needsCompensation: Bool { dataType == .bfloat16 && rounding == .kahan }
}
