import CKernels
import Foundation
import Kernels
import Testing

@Suite struct GatedKernelTests {
  static func value(_ x: Double, _ activation: Activation) -> Double {
    switch activation {
    case .relu2: max(x, 0) * max(x, 0)
    case .silu: x / (1 + exp(-x))
    case .gelu: x / 2 * erfc(-x / 2.0.squareRoot())
    case .geluTanh: x / 2 * (1 + tanh((2 / Double.pi).squareRoot() * (x + 0.044715 * x * x * x)))
    case .relu: max(x, 0)
    }
  }

  /// By differences of fourth order; samples lie apart from the corner at 0.
  static func slope(_ x: Double, _ activation: Activation) -> Double {
    let step = 1e-3
    let difference = { (steps: Double) in value(x + steps * step, activation) - value(x - steps * step, activation) }
    return (8 * difference(1) - difference(2)) / (12 * step)
  }

  /// Slopes go through 0, so that their errors are relative to their terms there.
  static func isClose(_ value: Float, _ expected: Double, scale: Double) -> Bool {
    abs(Double(value) - expected) <= 1e-6 * (abs(expected) + 0.1 * scale)
  }

  @Test(arguments: Activation.allCases) func agreesWithDoubles(_ activation: Activation) {
    let kind = activation.kernel
    var samples = Samples(1)
    for count in oddLengths {
      let gate = samples.floats(count, magnitude: 8).map { abs($0) < 0.01 ? $0 + 0.02 : $0 }
      let (up, dy) = (samples.floats(count), samples.floats(count))
      forEachTable { kernels, path in
        for placement in Placement.allCases {
          let (g, u, d) = (GuardedBuffer(gate, placement), GuardedBuffer(up, placement), GuardedBuffer(dy, placement))
          let results = (0..<3).map { _ in GuardedBuffer<Float>(repeating: 99, count: count, placement) }
          kernels.gated(g.pointer, u.pointer, count, kind, results[0].pointer)
          kernels.gated_backward(
            g.pointer, u.pointer, d.pointer, count, kind, results[1].pointer, results[2].pointer)
          let (y, dgate, dup) = (results[0].elements, results[1].elements, results[2].elements)
          let isRight = gate.indices.allSatisfy { i in
            let (x, u, d) = (Double(gate[i]), Double(up[i]), Double(dy[i]))
            let a = Self.value(x, activation)
            return Self.isClose(y[i], a * u, scale: abs(u))
              && Self.isClose(dgate[i], d * u * Self.slope(x, activation), scale: abs(d * u))
              && Self.isClose(dup[i], d * a, scale: abs(d))
          }
          #expect(isRight, "\(path), \(count) elements, \(placement)")
          expectIntact(g, u, d, results[0], results[1], results[2])
        }
      }
    }
  }

  /// Far out they are 0 and x, with slopes of 0 and 1, and nothing overflows into a NaN.
  @Test(arguments: [Activation.silu, .gelu, .geluTanh, .relu])
  func straightAtTheirEnds(_ activation: Activation) {
    let gate: [Float] = [-1e30, -200, 0, 88, 200, 1e30]
    let one = [Float](repeating: 1, count: gate.count)
    let middle: Float = activation == .relu ? 0 : 0.5
    forEachTable { kernels, path in
      var y = one
      kernels.gated(gate, one, gate.count, activation.kernel, &y)
      #expect(y == [0, 0, 0, 88, 200, 1e30], "\(path)")
      var (dgate, dup) = (one, one)
      kernels.gated_backward(gate, one, one, gate.count, activation.kernel, &dgate, &dup)
      #expect(dgate[..<2] == [0, 0] && dgate[3...] == [1, 1, 1] && dup == y, "\(path)")
      #expect(abs(dgate[2] - middle) <= 1e-7, "\(path)")
    }
  }

  /// Where e^x is smallest, SiLU is still exact.
  @Test func siluOfMinus88IsATinyNumber() {
    forEachTable { kernels, path in
      var y: Float = 1
      kernels.gated([-88], [1], 1, BITNET_ACTIVATION_SILU, &y)
      #expect(y < 0 && y > -1e-35, "\(path)")
    }
  }

  /// A NaN must reach the loss, where the trainer sees it, through every lane and the tail.
  @Test(arguments: Activation.allCases) func notANumberStaysNotANumber(_ activation: Activation) {
    let kind = activation.kernel
    let one = [Float](repeating: 1, count: 21)
    forEachTable { kernels, path in
      for position in [0, 7, 13, 16, 20] {
        var gate = one
        gate[position] = .nan
        var (y, dgate, dup) = (one, one, one)
        kernels.gated(gate, one, 21, kind, &y)
        kernels.gated_backward(gate, one, one, 21, kind, &dgate, &dup)
        #expect(y.indices.allSatisfy { y[$0].isNaN == ($0 == position) }, "\(path)")
        #expect(dgate[position].isNaN && dup[position].isNaN, "\(path)")
      }
    }
  }

  @Test func threadsDoNotChangeABit() {
    var samples = Samples(2)
    let count = 50_003
    let (gate, up) = (samples.floats(count, magnitude: 8), samples.floats(count))
    forEachPath { path in
      for activation in Activation.allCases {
        let results = [1, 2, 3].map { threads in
          var y = gate
          withThreads(threads) {
            GatedActivationKernel.forward(gate: gate, up: up, count: count, activation: activation, output: &y)
          }
          return y.bitPatterns
        }
        expectSame(results[0], results[1], "\(path)")
        expectSame(results[0], results[2], "\(path)")
      }
    }
  }
}
