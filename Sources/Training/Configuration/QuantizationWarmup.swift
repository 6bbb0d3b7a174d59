import Foundation

/// How a model that is trained becomes a BitNet: the strength λ at which its layers quantise, as a pure function of the
/// steps that are done, so that a run that is resumed needs nothing else.
///
/// λ is 0 (full precision) for the first `startStep` steps and 1 from `endStep` on. In between it rises from 0 to 1, in all
/// blocks at once or in one after the other (arXiv 2505.08823), or not at all: then it jumps (arXiv 2502.11895).
public struct QuantizationWarmup: Equatable, Sendable {
  public enum Shape: String, CaseIterable, Sendable {
    /// Quantised from `startStep` on.
    case none
    /// λ = t, the share of the steps that are done.
    case linear
    /// λ = ½·(1 − cos(π·t))
    case cosine
    /// Each block has a share of the steps, from the first to the last, in which its λ rises like a line.
    case layerwise
  }

  public var shape: Shape
  /// Over which λ rises; without meaning for `none`.
  public var steps: Int
  /// Steps in full precision before it rises.
  public var startStep: Int

  public init(shape: Shape = .none, steps: Int = 1000, startStep: Int = 0) {
    (self.shape, self.steps, self.startStep) = (shape, steps, startStep)
  }

  /// Whether some step is not fully quantised.
  public var isGradual: Bool { endStep > 0 }

  /// The first number of finished steps at which every layer quantises fully.
  public var endStep: Int {
    guard shape != .none else { return startStep }
    let (end, isOverflow) = startStep.addingReportingOverflow(steps)
    return isOverflow ? .max : end
  }

  /// Whether a run of so many steps makes a BitNet. A jump needs a step behind it, whose gradient is the first of one.
  public func ends(within steps: Int) -> Bool {
    isGradual && shape == .none ? startStep < steps : endStep <= steps
  }

  /// λ of a block for what follows `step` finished steps.
  /// - Parameters:
  ///   - block: from 0.
  ///   - blockCount: of the model.
  public func strength(atStep step: Int, block: Int, of blockCount: Int) -> Float {
    if step >= endStep { return 1 }
    if step <= startStep { return 0 }
    let share = Double(step - startStep) / Double(steps)
    switch shape {
    case .none: return 1
    case .linear: return Float(share)
    case .cosine: return Float((1 - cos(.pi * share)) / 2)
    case .layerwise: return Float(min(1, max(0, share * Double(blockCount) - Double(block))))
    }
  }
}
