import CKernels
import Foundation

/// One AdamW update with decoupled weight decay (arXiv 1711.05101) of one parameter, in a single pass over its memory:
///
///     g = gradient · gradientScale
///     m = β₁·m + (1 − β₁)·g            v = β₂·v + (1 − β₂)·g²
///     p = p − lr·λ·p − lr/(1 − β₁ᵗ) · m / (√v / √(1 − β₂ᵗ) + ε)
///
/// Elements are independent of each other: results do not depend on the number of threads.
package struct AdamWUpdate {
  private var arguments: bitnet_adamw

  /// - Parameters:
  ///   - number: t, the number of this update, from 1.
  ///   - gradientScale: multiplies the gradient before anything else.
  ///   - seed: key of stochastic rounding.
  ///   - stream: stream of stochastic rounding; differs for every parameter and update.
  package init(
    number: Int, learningRate: Double, weightDecay: Double, beta1: Double, beta2: Double, epsilon: Double,
    gradientScale: Double, seed: UInt64, stream: UInt64
  ) {
    arguments = bitnet_adamw(
      gradient_scale: Float(gradientScale),
      beta1: Float(beta1), one_minus_beta1: Float(1 - beta1),
      beta2: Float(beta2), one_minus_beta2: Float(1 - beta2),
      step_size: Float(learningRate / (1 - pow(beta1, Double(number)))),
      inverse_root_correction: Float(1 / (1 - pow(beta2, Double(number))).squareRoot()),
      epsilon: Float(epsilon),
      decay: Float(learningRate * weightDecay),
      seed: seed, stream: stream)
  }

  /// The stream of stochastic rounding of one parameter (by position, below 2^24) at one step (zero-based).
  package static func roundingStream(parameter: Int, step: Int) -> UInt64 {
    require(parameter < 1 << 24, "parameter number \(parameter) is outside of the counter's range")
    return RandomPurpose.stochasticRounding.rawValue << 56 | UInt64(parameter) << 32
      | UInt64(UInt32(truncatingIfNeeded: step))
  }

  /// The memory of one parameter's gradient and moments, `count` elements each.
  package struct State {
    let gradient: UnsafePointer<Float>
    let firstMoment: UnsafeMutablePointer<Float>
    let secondMoment: UnsafeMutablePointer<Float>
    let count: Int

    package init(
      gradient: UnsafePointer<Float>, firstMoment: UnsafeMutablePointer<Float>,
      secondMoment: UnsafeMutablePointer<Float>, count: Int
    ) {
      self.gradient = gradient
      self.firstMoment = firstMoment
      self.secondMoment = secondMoment
      self.count = count
    }
  }

  /// float32 masters.
  package func apply(to value: UnsafeMutablePointer<Float>, _ state: State) {
    forEachRange(state.count) { kernels, arguments, begin, end in
      kernels.adamw_float32(arguments, value, state.gradient, state.firstMoment, state.secondMoment, begin, end)
    }
  }

  /// bfloat16 masters, rounded to nearest.
  package func applyRoundingToNearest(to value: UnsafeMutablePointer<BFloat16>, _ state: State) {
    let bits = Self.bits(value)
    forEachRange(state.count) { kernels, arguments, begin, end in
      kernels.adamw_bfloat16_nearest(arguments, bits, state.gradient, state.firstMoment, state.secondMoment, begin, end)
    }
  }

  /// bfloat16 masters, rounded up with a probability equal to the remainder.
  ///
  /// Element `e` adds 16 random bits to its float32 pattern and drops the lower half: the `e % 8`th half-word of the
  /// Philox block at index `e / 8` of the stream.
  package func applyRoundingStochastically(to value: UnsafeMutablePointer<BFloat16>, _ state: State) {
    let bits = Self.bits(value)
    forEachRange(state.count) { kernels, arguments, begin, end in
      kernels.adamw_bfloat16_stochastic(
        arguments, bits, state.gradient, state.firstMoment, state.secondMoment, begin, end)
    }
  }

  /// bfloat16 masters, rounded to nearest; what is lost is kept in `compensation` and added to the next update.
  package func applyCompensated(
    to value: UnsafeMutablePointer<BFloat16>, compensation: UnsafeMutablePointer<BFloat16>, _ state: State
  ) {
    let (bits, lost) = (Self.bits(value), Self.bits(compensation))
    forEachRange(state.count) { kernels, arguments, begin, end in
      kernels.adamw_bfloat16_kahan(
        arguments, bits, lost, state.gradient, state.firstMoment, state.secondMoment, begin, end)
    }
  }

  private static func bits(_ value: UnsafeMutablePointer<BFloat16>) -> UnsafeMutablePointer<UInt16> {
    UnsafeMutableRawPointer(value).assumingMemoryBound(to: UInt16.self)
  }

  private func forEachRange(_ count: Int, _ body: (bitnet_kernels, UnsafePointer<bitnet_adamw>, Int, Int) -> Void) {
    let kernels = KernelTable.current
    // Ranges begin at multiples of 8, the elements of one Philox block; 256 keeps whole chunks together.
    withUnsafePointer(to: arguments) { arguments in
      ThreadPool.current.forEachRange(of: count, multipleOf: 256, minimumPerThread: 8192) { range in
        body(kernels, arguments, range.lowerBound, range.upperBound)
      }
    }
  }
}
