import Foundation
import Kernels
import Testing

/// The C kernels against a twin that spells every operation out in Swift.
struct AdamWUpdateTests {
  static let count = 1003

  /// One parameter with its gradient and moments.
  struct Sample {
    var value: [Float]
    var gradient: [Float]
    var first: [Float]
    var second: [Float]

    init(count: Int = AdamWUpdateTests.count) {
      var random = RandomStream(seed: 3, purpose: .initialization)
      value = (0..<count).map { _ in BFloat16(random.nextUniform() - 0.5).floatValue }
      gradient = (0..<count).map { _ in (random.nextUniform() - 0.5) * 100 }
      first = (0..<count).map { _ in (random.nextUniform() - 0.5) * 0.1 }
      second = (0..<count).map { _ in random.nextUniform() * 0.01 }
    }

    var bfloats: [BFloat16] { value.map(BFloat16.init) }

    mutating func withState(_ body: (AdamWUpdate.State) -> Void) {
      first.withUnsafeMutableBufferPointer { first in
        second.withUnsafeMutableBufferPointer { second in
          gradient.withUnsafeBufferPointer { gradient in
            body(
              .init(
                gradient: gradient.baseAddress!, firstMoment: first.baseAddress!, secondMoment: second.baseAddress!,
                count: gradient.count))
          }
        }
      }
    }
  }

  static let rate = 1e-3, decay = 0.1, beta1 = 0.9, beta2 = 0.95, epsilon = 1e-8, scale = 0.02, number = 7
  static let stream = AdamWUpdate.roundingStream(parameter: 5, step: 6)
  static let update = AdamWUpdate(
    number: number, learningRate: rate, weightDecay: decay, beta1: beta1, beta2: beta2, epsilon: epsilon,
    gradientScale: scale, seed: 11, stream: stream)

  /// What is added to element `i`; updates its moments.
  static func delta(_ sample: inout Sample, _ i: Int) -> Float {
    let g = sample.gradient[i] * Float(scale)
    sample.first[i] = Float(beta1) * sample.first[i] + Float(1 - beta1) * g
    sample.second[i] = Float(beta2) * sample.second[i] + Float(1 - beta2) * (g * g)
    let stepSize = Float(rate / (1 - pow(beta1, Double(number))))
    let correction = Float(1 / (1 - pow(beta2, Double(number))).squareRoot())
    let denominator = sample.second[i].squareRoot() * correction + Float(epsilon)
    return -(Float(rate * decay) * sample.value[i]) - stepSize * sample.first[i] / denominator
  }

  /// Runs `body` on every kernel path and with 1 and 3 threads.
  static func forEachSetting(_ body: () -> Void) {
    for path in KernelPath.available {
      for threads in [1, 3] {
        KernelPath.$current.withValue(path) {
          ThreadPool.$current.withValue(ThreadPool(threadCount: threads), operation: body)
        }
      }
    }
  }

  @Test func float32EqualsItsTwin() {
    var expected = Sample()
    for i in 0..<Self.count { expected.value[i] += Self.delta(&expected, i) }
    Self.forEachSetting {
      var sample = Sample()
      var value = sample.value
      sample.withState { state in value.withUnsafeMutableBufferPointer { Self.update.apply(to: $0.baseAddress!, state) }
      }
      #expect(value == expected.value)
      #expect(sample.first == expected.first && sample.second == expected.second)
    }
  }

  @Test func roundingToNearestEqualsItsTwin() {
    var reference = Sample()
    let expected = (0..<Self.count).map { BFloat16(reference.value[$0] + Self.delta(&reference, $0)) }
    Self.forEachSetting {
      var sample = Sample()
      var value = sample.bfloats
      sample.withState { state in
        value.withUnsafeMutableBufferPointer { Self.update.applyRoundingToNearest(to: $0.baseAddress!, state) }
      }
      #expect(value == expected)
    }
  }

  @Test func stochasticRoundingEqualsItsTwin() {
    var reference = Sample()
    let expected = (0..<Self.count).map { i -> BFloat16 in
      let block = Philox.block(seed: 11, stream: Self.stream, index: UInt64(i / 8))
      let word = block[i % 8 / 2]
      let noise = i % 2 == 0 ? word & 0xFFFF : word >> 16
      let exact = reference.value[i] + Self.delta(&reference, i)
      return BFloat16(bitPattern: UInt16(truncatingIfNeeded: (exact.bitPattern + noise) >> 16))
    }
    Self.forEachSetting {
      var sample = Sample()
      var value = sample.bfloats
      sample.withState { state in
        value.withUnsafeMutableBufferPointer { Self.update.applyRoundingStochastically(to: $0.baseAddress!, state) }
      }
      #expect(value == expected)
    }
  }

  @Test func compensationEqualsItsTwin() {
    var reference = Sample()
    let lost = reference.gradient.map { BFloat16($0 * 1e-6) }
    var expected: [BFloat16] = []
    var expectedLost: [BFloat16] = []
    for i in 0..<Self.count {
      let change = lost[i].floatValue + Self.delta(&reference, i)
      expected.append(BFloat16(reference.value[i] + change))
      expectedLost.append(BFloat16(change - (expected[i].floatValue - reference.value[i])))
    }
    Self.forEachSetting {
      var sample = Sample()
      var (value, compensation) = (sample.bfloats, lost)
      sample.withState { state in
        value.withUnsafeMutableBufferPointer { value in
          compensation.withUnsafeMutableBufferPointer {
            Self.update.applyCompensated(to: value.baseAddress!, compensation: $0.baseAddress!, state)
          }
        }
      }
      #expect(value == expected)
      #expect(compensation == expectedLost)
    }
  }

  /// 65,536 elements with a remainder of 1/4 of a unit in the last place: a quarter of them must round up.
  @Test func stochasticRoundingIsUnbiased() {
    let count = 65_536
    let (start, ulp) = (Float(1), Float(0x1p-7))
    var value = [BFloat16](repeating: BFloat16(start), count: count)
    var sample = Sample(count: count)
    sample.gradient = .init(repeating: 0, count: count)
    sample.first = .init(repeating: 0, count: count)
    // Weight decay alone moves the value by exactly ulp/4.
    let update = AdamWUpdate(
      number: 1, learningRate: 1, weightDecay: -Double(ulp) / 4, beta1: 0.9, beta2: 0.95, epsilon: 1e-8,
      gradientScale: 1, seed: 5, stream: AdamWUpdate.roundingStream(parameter: 0, step: 0))
    sample.withState { state in
      value.withUnsafeMutableBufferPointer { update.applyRoundingStochastically(to: $0.baseAddress!, state) }
    }
    let up = value.count { $0.floatValue == start + ulp }
    #expect(value.allSatisfy { $0.floatValue == start || $0.floatValue == start + ulp })
    // Binomial with p = 1/4: standard deviation 111; the variance of pairs shows that elements are independent.
    #expect(abs(up - count / 4) < 4 * 111)
    let pairs = stride(from: 0, to: count, by: 2).map { value[$0].floatValue + value[$0 + 1].floatValue - 2 * start }
    let mean = pairs.reduce(0, +) / Float(pairs.count)
    let variance = pairs.reduce(0) { $0 + ($1 - mean) * ($1 - mean) } / Float(pairs.count)
    #expect(abs(variance / (ulp * ulp * 2 * 3 / 16) - 1) < 0.05)
  }
}
