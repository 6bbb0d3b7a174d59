import CKernels
import Foundation
import Kernels
import Testing

@Suite struct GatedKernelTests {
  static func activation(_ x: Double, _ kind: bitnet_activation) -> Double {
    kind == BITNET_ACTIVATION_SILU ? x / (1 + exp(-x)) : max(x, 0) * max(x, 0)
  }

  static func slope(_ x: Double, _ kind: bitnet_activation) -> Double {
    let sigma = 1 / (1 + exp(-x))
    return kind == BITNET_ACTIVATION_SILU ? sigma * (1 + x * (1 - sigma)) : 2 * max(x, 0)
  }

  /// SiLU's slope is 0 near −1.28, so that its error is relative to its terms there.
  static func isClose(_ value: Float, _ expected: Double, scale: Double) -> Bool {
    abs(Double(value) - expected) <= 1e-6 * (abs(expected) + 0.1 * scale)
  }

  @Test(arguments: [BITNET_ACTIVATION_RELU2, BITNET_ACTIVATION_SILU].map(\.rawValue))
  func agreesWithDoubles(_ rawKind: bitnet_activation.RawValue) {
    let kind = bitnet_activation(rawKind)
    var samples = Samples(1)
    for count in oddLengths {
      let (gate, up, dy) = (samples.floats(count, magnitude: 8), samples.floats(count), samples.floats(count))
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
            let a = Self.activation(x, kind)
            return Self.isClose(y[i], a * u, scale: abs(u))
              && Self.isClose(dgate[i], d * u * Self.slope(x, kind), scale: abs(d * u))
              && Self.isClose(dup[i], d * a, scale: abs(d))
          }
          #expect(isRight, "\(path), \(count) elements, \(placement)")
          expectIntact(g, u, d, results[0], results[1], results[2])
        }
      }
    }
  }

  @Test func siluAtItsEnds() {
    let gate: [Float] = [-1e30, -200, -88, 0, 88, 200, 1e30]
    let one = [Float](repeating: 1, count: gate.count)
    forEachTable { kernels, path in
      var y = one
      kernels.gated(gate, one, gate.count, BITNET_ACTIVATION_SILU, &y)
      #expect(y[0] == 0 && y[1] == 0 && y[3] == 0, "\(path)")
      #expect(y[2] < 0 && y[2] > -1e-35)
      #expect(y[4...] == gate[4...])
      var (dgate, dup) = (one, one)
      kernels.gated_backward(gate, one, one, gate.count, BITNET_ACTIVATION_SILU, &dgate, &dup)
      #expect(dgate[0] == 0 && dgate[1] == 0 && dgate[3] == 0.5 && dgate[4...].allSatisfy { $0 == 1 }, "\(path)")
    }
  }

  /// A NaN must reach the loss, where the trainer sees it, through every lane and the tail.
  @Test(arguments: [BITNET_ACTIVATION_RELU2, BITNET_ACTIVATION_SILU].map(\.rawValue))
  func notANumberStaysNotANumber(_ rawKind: bitnet_activation.RawValue) {
    let one = [Float](repeating: 1, count: 21)
    forEachTable { kernels, path in
      for position in [0, 7, 13, 16, 20] {
        var gate = one
        gate[position] = .nan
        var (y, dgate, dup) = (one, one, one)
        kernels.gated(gate, one, 21, bitnet_activation(rawKind), &y)
        kernels.gated_backward(gate, one, one, 21, bitnet_activation(rawKind), &dgate, &dup)
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
      for activation in [GatedActivationKernel.Activation.squaredReLU, .silu] {
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
